import {isOn, type TaskKind, type TokenCounts} from '../contract.js'

/** Figures by option name, in the order in which they are written (spec/11 §B4). */
const figures: readonly (readonly [string, string, (tokens: TokenCounts) => Promise<number>])[] = [
  ['total_tokens', 'all tokens', (tokens) => tokens.total()],
  ['hardware_tokens', 'hardware tokens', (tokens) => tokens.ofKind('hardware')],
  ['software_tokens', 'software tokens', (tokens) => tokens.ofKind('software')],
  [
    'unassigned_hardware_tokens',
    'hardware tokens without owner',
    (tokens) => tokens.ofKind('hardware', {unassigned: true}),
  ],
  ['assigned_tokens', 'tokens with owner', (tokens) => tokens.assigned()],
  ['user_with_token', 'users with an active token', (tokens) => tokens.usersWithToken()],
]

/** Writes numbers of tokens into the statistics. */
export const simpleStats: TaskKind = {
  module: 'SimpleStats',
  summary: 'writes numbers of tokens into the statistics',
  options: figures.map(([key, summary]) => ({key, type: 'flag', summary})),
  async run(options, {now, statistics, tokens}) {
    for (const [key, , count] of figures) {
      if (isOn(options[key])) await statistics.write(key, await count(tokens), now())
    }
    return true
  },
}
