// Packages of other versions, or without types: only the parts that are used.

declare module 'express4' {
  export { default } from 'express';
}

declare module 'koa-bodyparser' {
  export default function (options?: { enableTypes?: string[] }): unknown;
}

declare module 'express-xml-bodyparser' {
  export default function (): unknown;
}

declare module 'body-parser-xml' {
  export default function (bodyParser: object): void;
}
