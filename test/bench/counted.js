// A bare pass of an event parser, with handlers that only count.

/** The exports of a contestant. Each reading creates a parser. */
export function counted(events, create, read) {
  const parsePostback = (xml) => {
    let count = 0;
    const onEvent = () => {
      count++;
    };
    const parser = create();
    for (const event of events) parser.on(event, onEvent);
    read(parser, xml);
    return count;
  };
  return { makesNoMessages: true, parsePostback, parseBundle: parsePostback };
}
