import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replyKeyword } from '../src/keywords.ts';
import type { KeywordLists, ReplyKeyword, TextFields } from '../src/keywords.ts';
import { sampleMessages } from '../src/testing/index.ts';
import { runs } from './properties/runs.ts';

const KNOWN: Readonly<Record<ReplyKeyword['kind'], readonly string[]>> = {
  'opt-out': [
    ...['STOP', 'STOPALL', 'STOP ALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE'],
    ...['OPTOUT', 'OPT OUT', 'OPT ME OUT'],
  ],
  'opt-in': ['START', 'UNSTOP', 'JOIN'],
  help: ['HELP', 'INFO'],
};
const KNOWN_WORDS = Object.entries(KNOWN).flatMap(([kind, words]) => words.map((word) => [word, kind] as const));

/** What was found in a text, briefly: `STOP` if exact, `STOP …` if more was said. */
function found(message: TextFields | string, lists?: KeywordLists): string | undefined {
  const result = replyKeyword(message, lists);
  return result && (result.exact ? result.word : `${result.word} …`);
}

describe('replyKeyword', () => {
  it.each(KNOWN_WORDS)('knows %s as %s', (word, kind) => {
    expect(replyKeyword(word)).toEqual({ kind, word, exact: true });
  });

  it.each([
    ['lower case', 'stop', 'STOP'],
    ['mixed case', 'sToP', 'STOP'],
    ['a full stop', 'Stop.', 'STOP'],
    ['exclamation marks', 'STOP!!!', 'STOP'],
    ['curly quotes', '“Stop!”', 'STOP'],
    ['single quotes', "'Stop'", 'STOP'],
    ['curly single quotes', '‘Stop’', 'STOP'],
    ['asterisks', '*STOP*', 'STOP'],
    ['blanks and line feeds around', '\r\n\t STOP \u00a0\n', 'STOP'],
    ['an emoji after it', 'STOP 🙏🏽', 'STOP'],
    ['an emoji before it', '🛑STOP', 'STOP'],
    ['half of an emoji after it', 'STOP\ud83d', 'STOP'],
    ['a byte order mark', '\ufeffSTOP', 'STOP'],
    ['invisible characters around and inside', '\u200eST\u200bOP\u2060\u00ad', 'STOP'],
    ['a replacement character', 'STOP\ufffd', 'STOP'],
    ['full-width letters', 'Ｓｔｏｐ！', 'STOP'],
    ['bold letters', '𝗦𝘁𝗼𝗽', 'STOP'],
    ['letters in circles', 'Ⓢⓣⓞⓟ', 'STOP'],
    ['accents', 'Stòp', 'STOP'],
    ['the letters of a Turkish keyboard', 'QUİT', 'QUIT'],
    ['the small letters of a Turkish keyboard', 'quıt', 'QUIT'],
    ['blanks between its letters', 's t o p', 'STOP'],
    ['dots between its letters', 'S.T.O.P.', 'STOP'],
    ['a hyphen', 'opt-out', 'OPT OUT'],
    ['several blanks', 'OPT  OUT', 'OPT OUT'],
    ['a line feed inside', 'Stop\nall', 'STOP ALL'],
    ['a hyphen that must not break', 'stop‑all', 'STOP ALL'],
  ])('finds a word written with %s, and it is exact', (_, text, word) => {
    expect(found(text)).toBe(word);
  });

  it.each([
    ['Stop. Thank you', 'STOP'],
    ['stop it', 'STOP'],
    ['STOP STOP STOP', 'STOP'],
    ['Stop texting me!', 'STOP'],
    ['STOP\n--\nSent from my iPhone', 'STOP'],
    ['Stop!Thank you', 'STOP'],
    ['S T O P now', 'STOP'],
    ['stop 2', 'STOP'],
    ['help me', 'HELP'],
    ['help me stop please', 'HELP'],
    ['end of the day', 'END'],
    ['Opt out of all', 'OPT OUT'],
    ['opt-out, not start', 'OPT OUT'],
    ['stop all of it', 'STOP ALL'],
    ['Stop please', 'STOP'],
    ['please stop', 'STOP'],
    ['Please, STOP!', 'STOP'],
    ['pls plz stop it', 'STOP'],
    ['Please opt me out', 'OPT ME OUT'],
    ['can you stop please', 'STOP'],
    ['Can you stop, pls, please?', 'STOP'],
    ['I want to opt out please', 'OPT OUT'],
    ["Don't text me again, stop please", 'STOP'],
    ['Please make it stop please', 'STOP'],
  ])('finds a word at the start, or before "please" at the end, and it is not exact: %s', (text, word) => {
    expect(found(text)).toBe(`${word} …`);
  });

  it.each([
    '',
    ' \n',
    '🛑',
    '...',
    'STOPPED',
    'stops',
    "stop's",
    'STOP2',
    'unstoppable',
    'ending',
    "You can't stop me",
    "don't stop",
    'please don’t stop',
    "don't stop please",
    'I can’t opt out please',
    'I would never quit please',
    'do not stop please',
    'I cannot stop please',
    'they won’t stop please',
    'non-stop',
    'non-stop please',
    'can you stop',
    'I said stop, please do',
    'out opt',
    'opt in',
    'please',
    'please please',
    'info@example.com',
    'my address is quit@example.com please',
    'стоп',
    'constructor',
    '__proto__',
  ])('finds nothing in %j', (text) => {
    expect(replyKeyword(text)).toBeUndefined();
  });

  it.each<[string, TextFields, string | undefined]>([
    ['the text of an SMS', { ...sampleMessages.sms, text: 'Stop', keyword: 'JOIN' }, 'STOP'],
    ['the text only, if there is one', { ...sampleMessages.sms, text: 'Hello', keyword: 'STOP' }, undefined],
    ['the keyword, if the text is blank', { ...sampleMessages.sms, text: ' \n\u200b', keyword: 'Stop' }, 'STOP'],
    ['the keyword of an MMS', { ...sampleMessages.mms, keyword: 'Stop', subject: 'JOIN' }, 'STOP'],
    ['the subject of an MMS without keyword', { ...sampleMessages.mms, keyword: undefined, subject: 'Stop' }, 'STOP'],
    ['nothing in a message without these fields', {}, undefined],
    ['nothing in a message in which they are blank', { text: '', keyword: ' ', subject: '\ufeff' }, undefined],
  ])('looks at %s', (_, message, word) => {
    expect(found(message)).toBe(word);
  });
});

describe('replyKeyword with lists', () => {
  const lists: KeywordLists = {
    optOut: ['Arrêt', 'NO MÁS', 'dừng lại', 'STOPPEN SIE', 'SCHLIEẞEN', '停止', 'หยุด', 'stop', 'Please no', 'No'],
    optIn: ['Y', 'D’accord', "S'inscrire"],
    help: ['aide', 'ΒΟΉΘΕΙΑ', 'मदद', 'عون', '911'],
  };

  it.each([
    ['ARRET', 'Arrêt'],
    ['arrêt', 'Arrêt'],
    ['Arre\u0302t!', 'Arrêt'],
    ['no mas', 'NO MÁS'],
    ['No-Más.', 'NO MÁS'],
    ['Dừng lại', 'dừng lại'],
    ['Stoppen Sie', 'STOPPEN SIE'],
    ['schließen', 'SCHLIEẞEN'],
    ['Schliessen', 'SCHLIEẞEN'],
    ['「停止」', '停止'],
    ['หยุด', 'หยุด'],
    ['please no', 'Please no'],
    ['y', 'Y'],
    ["d'accord", 'D’accord'],
    ['S’INSCRIRE', "S'inscrire"],
    ['Aide', 'aide'],
    ['βοήθεια', 'ΒΟΉΘΕΙΑ'],
    ['मदद?', 'मदद'],
    ['عَوْن', undefined],
    ['عون', 'عون'],
    ['９１１', '911'],
  ])('finds added words in any form, and returns them as they are in the list: %s', (text, word) => {
    expect(found(text, lists)).toBe(word);
  });

  it('still finds the known words, also one that was added again', () => {
    expect(found('Stop', lists)).toBe('STOP');
    expect(found('help', lists)).toBe('HELP');
  });

  it('finds the longest of several words', () => {
    expect(found('No more', lists)).toBe('No …');
    expect(found('no mas!!', lists)).toBe('NO MÁS');
    expect(found('I say no mas please', lists)).toBe('NO MÁS …');
  });

  it('does not take a number after a word of one letter for a part of it', () => {
    expect(found('Y 2', lists)).toBe('Y …');
  });

  it('tells vowels that are marks apart', () => {
    expect(found('หยด', lists)).toBeUndefined();
  });

  it('does not change between calls', () => {
    expect(found('aide')).toBeUndefined();
  });

  it.each<[message: unknown, lists: unknown, error: string]>([
    [7, undefined, 'message: expected a message or a text, got number'],
    [null, undefined, 'message: expected a message or a text, got null'],
    [undefined, undefined, 'message: expected a message or a text, got undefined'],
    [['STOP'], undefined, 'message: expected a message or a text, got an array'],
    [{ text: 7 }, undefined, 'message.text: expected a string, got number'],
    [{ keyword: null }, undefined, 'message.keyword: expected a string, got null'],
    [{ text: '', subject: {} }, undefined, 'message.subject: expected a string, got object'],
    ['', null, 'lists: expected an object'],
    ['', ['STOP'], 'lists: expected an object, got an array'],
    ['', { optout: ['ARRET'] }, 'lists.optout: unknown option. Did you mean optOut?'],
    ['', { optOut: 'ARRET' }, 'lists.optOut: expected a list of words, got string'],
    ['', { help: null }, 'lists.help: expected a list of words, got null'],
    ['', { help: ['AIDE', 7] }, 'lists.help[1]: expected a string, got number'],
    ['', { help: [undefined, 'AIDE'] }, 'lists.help[0]: expected a string, got undefined'],
    ['', { help: [' '] }, 'lists.help[0]: expected a word with letters or digits, got " "'],
    ['', { help: ['?'] }, 'lists.help[0]: expected a word with letters or digits, got "?"'],
    ['', { optIn: ['Stop'] }, 'lists.optIn[0]: "Stop" is already a word for opt-out'],
    ['', { optOut: ['info'] }, 'lists.optOut[0]: "info" is already a word for help'],
    ['', { optOut: ['OUI'], help: ['Oui!'] }, 'lists.help[0]: "Oui!" is already a word for opt-out'],
  ])('throws a TypeError for the arguments %j and %j', (message, given, error) => {
    expect(() => replyKeyword(message as string, given as KeywordLists)).toThrow(new TypeError(error));
  });

  it('ignores options without a value', () => {
    expect(found('aide', { optOut: undefined, help: ['aide'] })).toBe('aide');
    expect(found('stop', { optout: undefined } as KeywordLists)).toBe('STOP');
  });
});

describe('replyKeyword of a long text', () => {
  const long = ' and so on'.repeat(200);

  it('reads its start and its end', () => {
    expect(found(`Stop${long}`)).toBe('STOP …');
    expect(found(`please stop${long} please`)).toBe('STOP …');
    expect(found(`I wish${long} to opt out please`)).toBe('OPT OUT …');
    expect(replyKeyword(`I wish${long} please stop${long}`)).toBeUndefined();
  });

  it('reads the whole text if only white space makes it long', () => {
    expect(found(`${'\n'.repeat(1e6)}Stop${' '.repeat(1e6)}`)).toBe('STOP');
  });

  it('does not call a word exact if it has not read the rest', () => {
    expect(found(`Stop${'!'.repeat(996)}`)).toBe('STOP');
    expect(found(`Stop${'!'.repeat(997)}`)).toBe('STOP …');
  });

  it.each(['stopped', '𝐒𝐓𝐎𝐏𝐏𝐄𝐃', 'sto\u200bpped'])('does not take a part of a word for a word: %s', (word) => {
    for (let length = 485; length <= 500; length++) {
      expect(replyKeyword(`${'.'.repeat(length)}${word}${long}`)).toBeUndefined();
    }
  });

  it('does not take the end of a word for a word', () => {
    for (let length = 485; length <= 500; length++) {
      expect(replyKeyword(`I wish${long} unstop${'.'.repeat(length - 6)}please`)?.word).not.toBe('STOP');
    }
  });

  it.each([
    ['letters', 'a'],
    ['words', 'stop '],
    ['blanks inside', ' '],
    ['line feeds', '\n'],
    ['punctuation', '.'],
    ['accents', '\u0301'],
    ['invisible characters', '\u200b'],
    ['"please"', 'please '],
    ['e-mail addresses', 'a@'],
    ['ligatures that become 18 characters', '\ufdfa'],
    ['emoji', '👩‍👩‍👧 '],
  ])('takes less than 100 ms for a mebibyte of %s', (_, part) => {
    const text = `x${part.repeat(2 ** 20 / part.length)}x`;
    replyKeyword({ text: part, keyword: text });
    const start = performance.now();
    replyKeyword({ text, keyword: text, subject: text });
    replyKeyword(part.repeat(2 ** 20 / part.length));
    expect(performance.now() - start).toBeLessThan(100);
  });
});

describe('replyKeyword of any text', () => {
  const pieces = ['please', 'stop', "can't", 'opt', 'out', 'me', '\n', '🛑', '\ud83d', '.'.repeat(600)];
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3000 }),
    fc.array(fc.constantFrom(...pieces)).map((all) => all.join(' ')),
  );
  const anyCase = (word: string): fc.Arbitrary<string> =>
    fc
      .tuple(...Array.from(word, (letter) => fc.constantFrom(letter.toLowerCase(), letter.toUpperCase())))
      .map((letters) => letters.join(''));
  const signs = Array.from(' \t\n.,;:!?"\'()[]{}<>*_-/“”‘’«»¡¿…。！🙏🛑\ufeff\u200b');
  const anySigns = fc.array(fc.constantFrom(...signs), { maxLength: 20 }).map((all) => all.join(''));

  it('throws nothing, and finds the same in a text and in a message with it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const result = replyKeyword(text);
        expect(replyKeyword({ text })).toEqual(result);
        if (result !== undefined) expect(KNOWN[result.kind]).toContain(result.word);
      }),
      runs,
    );
  });

  it('finds a listed word alone, in any case, with any punctuation, emoji and invisible characters around', () => {
    const lists = { optOut: ['ARRÊT', 'NO MÁS'], optIn: ['да'], help: ['AIUTO', 'ヘルプ'] };
    const words = [...KNOWN_WORDS.map(([word]) => word), ...Object.values(lists).flat()];
    const typed = fc.constantFrom(...words).chain((word) => fc.tuple(fc.constant(word), anyCase(word)));
    fc.assert(
      fc.property(typed, anySigns, anySigns, ([word, written], before, after) => {
        expect(replyKeyword(`${before}${written}${after}`, lists)).toMatchObject({ word, exact: true });
      }),
      runs,
    );
  });

  it('finds any added word alone, and returns it as it was added', () => {
    const anyWord = fc.string({ unit: 'grapheme', maxLength: 100 }).map((rest) => `a${rest}`);
    fc.assert(
      fc.property(anyWord, (word) => {
        expect(replyKeyword(word, { help: [word] })).toEqual({ kind: 'help', word, exact: true });
        expect(replyKeyword(word.normalize('NFD'), { help: [word] })?.word).toBe(word);
      }),
      runs,
    );
  });
});
