// How many bodies are decompressed at once: a few kB of each may become megabytes.

import { canShare } from './event-loop.ts';
import type { BodySource } from './request.ts';

// As many as node:zlib has threads by default.
const MOST_AT_ONCE = 4;

let running = 0;
const waiting: (() => void)[] = [];

/** The same body, but it is read only when fewer others are. The others wait, in their order. */
export function inTurn(source: BodySource): BodySource {
  if (!canShare) return source;
  return ({ onChunk, onEnd, onLost }) => {
    let stop: (() => void) | undefined;
    const start = (): void => {
      running++;
      stop = source({
        onChunk,
        onEnd() {
          leave();
          onEnd();
        },
        onLost(why) {
          leave();
          onLost(why);
        },
      });
    };
    const leave = (): void => {
      if (stop === undefined) return;
      stop = undefined;
      running--;
      waiting.shift()?.();
    };
    if (running < MOST_AT_ONCE) start();
    else waiting.push(start);
    return () => {
      const place = waiting.indexOf(start);
      if (place !== -1) waiting.splice(place, 1);
      stop?.();
      leave();
    };
  };
}
