import {Flags} from '@oclif/core'
import {PiError} from '../lib/errors.js'

/** `--node` of commands that run tasks or tell when they run. */
export const nodeFlag = Flags.string({
  char: 'n',
  description: 'name of the node (default: PI_NODE, PI_AUDIT_SERVERNAME, or localnode)',
  env: 'PI_MANAGE_NODE',
  helpValue: 'NODE',
})

/** What defines a periodic task, for `cron add` and `cron edit`. */
export const definitionFlags = {
  interval: Flags.string({
    description:
      "when it runs: five fields of a crontab, a sixth for seconds, or @daily and its kin; local time, e.g. '15 3 * * *'",
    helpValue: 'CRON',
  }),
  module: Flags.string({description: 'what it does: SimpleStats, EventCounter, MetricsCleanup', helpValue: 'MODULE'}),
  node: Flags.string({
    char: 'n',
    description: 'node that runs it; may be repeated',
    helpValue: 'NODE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  option: Flags.string({
    char: 'o',
    description: 'option of the module, e.g. total_tokens=True; may be repeated',
    helpValue: 'KEY=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  ordering: Flags.integer({description: 'tasks of one node run in this order', min: 0}),
  'retry-if-failed': Flags.boolean({
    allowNo: true,
    description: 'run it again at the next occasion when it failed, and not only at its next time',
  }),
}

/** @throws PiError USAGE for a text without `=` */
export function optionsFrom(texts: readonly string[] | undefined): Record<string, string> | undefined {
  return (
    texts &&
    Object.fromEntries(
      texts.map((text) => {
        const at = text.indexOf('=')
        if (at < 1) throw new PiError('USAGE', `'${text}' is no option of a task.`, {hints: ['Write KEY=VALUE']})
        return [text.slice(0, at), text.slice(at + 1)]
      }),
    )
  )
}
