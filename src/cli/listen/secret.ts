import { anyOf, secretInPath, secretInQuery } from '../../authorize.ts';
import type { Authorizer } from '../../authorize.ts';

/**
 * Accepts requests with the secret as a segment of the path, or as `?secret=` in the query.
 * @throws TypeError for an empty secret
 */
export function secretAuthorizer(secret: string): Authorizer {
  return anyOf(secretInPath(secret), secretInQuery('secret', secret));
}
