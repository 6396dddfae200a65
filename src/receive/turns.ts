// How many bodies are decompressed at once: a few kB of each may become megabytes.

import { canShare } from './event-loop.ts';
import type { BodySink, BodySource } from './request.ts';

// As many as node:zlib has threads by default.
const MOST_AT_ONCE = 4;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * The same body, but it is read only when fewer others are. The others wait, the last one the shortest: so a flood
 * of bodies that came before it does not keep a body waiting until it is too late.
 */
export function inTurn(source: BodySource): BodySource {
  if (!canShare) return source;
  return ({ onChunk, onEnd, onLost }) => {
    let stop = (): void => undefined;
    let isRunning = false;
    const start = (): void => {
      running++;
      isRunning = true;
      try {
        stop = source({
          onChunk,
          onEnd() {
            leave();
            onEnd();
          },
          onLost: lose,
        });
      } catch {
        lose('aborted');
      }
    };
    const lose: BodySink['onLost'] = (why) => {
      leave();
      onLost(why);
    };
    const leave = (): void => {
      if (!isRunning) return;
      isRunning = false;
      running--;
      waiting.pop()?.();
    };
    if (running < MOST_AT_ONCE) start();
    else waiting.push(start);
    return () => {
      const place = waiting.indexOf(start);
      if (place !== -1) waiting.splice(place, 1);
      stop();
      leave();
    };
  };
}
