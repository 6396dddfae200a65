// `mo-postback doctor`: posts what a provider may post to a server, and says what to change on it.

import type { Command } from 'commander';
import { Option } from 'commander';
import type { DeliveryAttempt } from '../testing/deliver.ts';
import { adviceOn } from './doctor/advice.ts';
import { isUnreachable, postProbe } from './doctor/post.ts';
import type { PostOptions } from './doctor/post.ts';
import { createProbes } from './doctor/probes.ts';
import type { Probe } from './doctor/probes.ts';
import { jsonReport, textReport } from './doctor/report.ts';
import type { DoctorReport, Outcome } from './doctor/report.ts';
import { Failure, reasonOf } from './failure.ts';
import { answerOf } from './send/answers.ts';
import { headerOption, postbackUrlArgument, timeoutOption, toOption } from './shared-options.ts';
import type { Terminal } from './terminal.ts';

interface DoctorOptions {
  readonly to: string;
  readonly header?: Readonly<Record<string, string>> | undefined;
  /** In seconds. */
  readonly timeout: number;
  readonly json?: boolean | undefined;
}

export function addDoctor(program: Command, terminal: Terminal): void {
  const command = program
    .command('doctor')
    .description(
      'Check your server: post a sample of everything that providers send, print how it was answered, and what to ' +
        'change.',
    )
    .addArgument(postbackUrlArgument())
    .addOption(toOption())
    .addOption(headerOption())
    .addOption(timeoutOption())
    .addOption(new Option('--json', 'print each probe and a summary as JSON lines'));
  command.action(async (url: string, options: DoctorOptions) => {
    requireHarmless(options, command);
    await examine(url, options, terminal);
  });
}

// The probes differ in these headers, or they describe the connection.
const HEADERS_OF_PROBES = /^(?:content-.*|transfer-encoding|connection|keep-alive|expect|upgrade)$/;

/** Refuses headers that change what the probes check. */
function requireHarmless({ header = {} }: DoctorOptions, command: Command): void {
  const name = Object.keys(header).find((key) => HEADERS_OF_PROBES.test(key));
  if (name !== undefined)
    command.error(
      `error: option '--header <'NAME: VALUE'>' cannot set ${name}, because each probe has its own. Expected another ` +
        'header.',
    );
}

/** Runs all probes. @throws Failure if a probe was not answered as it should be */
async function examine(url: string, options: DoctorOptions, { stdout, signal }: Terminal): Promise<void> {
  const probes = probesTo(options.to);
  const report = options.json ? jsonReport(stdout) : textReport(stdout);
  const postOptions = { url, headers: options.header ?? {}, timeoutMs: 1000 * options.timeout, signal };
  const outcomes: Outcome[] = [];
  const failure = await runProbes(probes, postOptions, outcomes, report);
  // If the server was never reached, the error says it all.
  if (outcomes.length > 0 || failure === undefined) await report.summary(outcomes, probes.length);
  if (failure !== undefined) throw failure;
  if (outcomes.length < probes.length || outcomes.some(({ advice }) => advice !== undefined)) throw new Failure();
}

function probesTo(to: string): readonly Probe[] {
  try {
    return createProbes(to);
  } catch (error) {
    throw new Failure(`The value of --to cannot be sent in every generation: ${(error as Error).message}`);
  }
}

/**
 * Runs one probe after the other, until the command is stopped or the server cannot be reached. Adds to `outcomes`.
 * Resolves to a Failure if the server cannot be reached.
 */
async function runProbes(
  probes: readonly Probe[],
  options: PostOptions,
  outcomes: Outcome[],
  report: DoctorReport,
): Promise<Failure | undefined> {
  try {
    for (const probe of probes) {
      const attempt = await postProbe(probe, options);
      if (isUnreachable(attempt)) return unreachable(options.url, attempt, outcomes.at(-1)?.probe);
      const outcome = { probe, attempt, advice: adviceFor(probe, attempt, outcomes[0]) };
      outcomes.push(outcome);
      await report.outcome(outcome);
    }
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
  return undefined;
}

/** @param plain - what the first probe has shown, if this is not the first probe */
function adviceFor(probe: Probe, attempt: DeliveryAttempt, plain: Outcome | undefined): string | undefined {
  const { status } = attempt;
  if (status !== undefined && probe.accepted.includes(status)) return undefined;
  return adviceOn(probe, answerOf(attempt), plain !== undefined && plain.advice === undefined);
}

/** @param before - the last probe that was answered */
function unreachable(url: string, { error }: DeliveryAttempt, before: Probe | undefined): Failure {
  // Without path and query, which may contain a secret.
  const { origin } = new URL(url);
  const reason = reasonOf({ code: error });
  return new Failure(
    before === undefined
      ? `Cannot reach ${origin}: ${reason}. Start the server, or correct the URL.`
      : `Cannot reach ${origin} after the probe "${before.name}": ${reason}. The server may have crashed: see its log.`,
  );
}
