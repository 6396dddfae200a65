// The report of `listen` for people: one line per event, and on a terminal a status line with totals.

import type { PostbackNotification } from '../../message.ts';
import { StatusView } from '../status-view.ts';
import { colorsOf, printable, quoted, timeOfDay } from '../terminal.ts';
import type { Output } from '../terminal.ts';
import { errorsOf, explained } from './report.ts';
import type { ListenReport } from './report.ts';

// Of the words in the files of an MMS, which may have megabytes.
const MAX_SHOWN_TEXT = 500;

export function textReport(stdout: Output): ListenReport {
  const { bold, dim, green, red, yellow } = colorsOf(stdout);
  const view = new StatusView(stdout, dim);
  let isListening = false;
  const totals = { messages: 0, duplicates: 0, rejected: 0 };
  const line = (text: string): void => {
    view.line(`${dim(timeOfDay())} ${text}`);
    view.status(
      `${counted(totals.messages, 'message')}, ${counted(totals.duplicates, 'duplicate')}, ${totals.rejected} ` +
        'rejected. Press Ctrl-C to stop.',
    );
  };
  return {
    listening({ url, out, media, secretIn }) {
      isListening = true;
      const shownUrl = secretIn === undefined ? url : `${url.replace(/\/$/, '')}/SECRET`;
      const note = secretIn === undefined ? '' : ` (SECRET is ${secretIn})`;
      view.line(bold(`Listening on ${shownUrl}`) + note);
      view.line(`Messages are appended to ${out}. Send one from another terminal:`);
      view.line(`  npx mo-postback send ${shownUrl} --sms 'Hello'`);
      if (media !== undefined) view.line(`The files of MMS are saved in ${media}.`);
    },
    message(stored, repairs) {
      totals.messages++;
      const note = repairs === 0 ? '' : yellow(` (repaired in ${counted(repairs, 'place')})`);
      line(`${green(kindLabel(stored.kind))} ${summaryOf(stored)}${note}`);
    },
    duplicate({ kind }) {
      totals.duplicates++;
      line(dim(`${kindLabel(kind)} duplicate, answered 200`));
    },
    unreadable({ errors }, file) {
      for (const { code, message } of errors) line(`${red(code)} ${printable(message)}`);
      if (file !== undefined) line(dim(`      saved in ${file}`));
    },
    rejected({ status, codes, reason }) {
      totals.rejected++;
      line(`${red(String(status))}   ${codes.join(', ')}${reason === undefined ? '' : ` ${reason}`}`);
    },
    media({ from, to }, { directory, files }, text) {
      const saved = files.filter(({ success }) => success).length;
      line(`${green('FILES')} ${numbersOf(from, to)}  ${counted(saved, 'file')} saved in ${directory}${wordsOf(text)}`);
      for (const error of errorsOf(files)) line(`      ${red('lost')} ${printable(explained(error))}`);
    },
    mediaFailed({ from, to }, { files }, nextTry) {
      const errors = errorsOf(files);
      const time = nextTry.toTimeString().slice(0, 5);
      line(`${red('FILES')} ${numbersOf(from, to)}  ${counted(errors.length, 'file')} missing, next try at ${time}`);
      for (const error of errors) line(`      ${printable(explained(error))}`);
    },
    problem(text) {
      line(yellow(printable(text)));
    },
    end() {
      view.end();
      if (isListening) view.line('Stopped.');
    },
  };
}

function kindLabel(kind: string): string {
  return kind.toUpperCase().padEnd(5);
}

/** The sender, the recipient and the content, quoted because they come from outside. */
function summaryOf(notification: PostbackNotification): string {
  if (notification.kind === 'other') return `${quoted(notification.origin)} ${quoted(notification.code ?? '')}`;
  const { from, to } = notification;
  const content =
    notification.kind === 'sms'
      ? [notification.text]
      : [...(notification.subject === undefined ? [] : [notification.subject]), ...notification.files];
  return [numbersOf(from, to), ...content.map(quoted)].join('  ');
}

/** What the sender wrote in the files of an MMS. */
function wordsOf(text: string): string {
  const end = text.length > MAX_SHOWN_TEXT ? '…' : '';
  return text === '' ? '' : `  ${quoted(text.slice(0, MAX_SHOWN_TEXT))}${end}`;
}

function numbersOf(from: string, to: string): string {
  return `${quoted(from).slice(1, -1)} → ${quoted(to).slice(1, -1)}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
