import type {App} from '../../app.js'
import {PiError} from '../../lib/errors.js'
import type {Condition} from '../../lib/services/janitor/condition.js'
import {expressionCondition} from '../../lib/services/janitor/expressions.js'
import {conditionOf} from '../../lib/services/janitor/filters.js'
import {parseWhere} from '../../lib/services/janitor/where.js'
import {janitorExpressionsOf, janitorFiltersOf} from '../flags/janitor-filters.js'

type Flags = Parameters<typeof janitorFiltersOf>[0]

/** The condition of all filters on a command line. @throws PiError USAGE, NOT_FOUND (user), UNAVAILABLE (user store) */
export async function conditionOfFlags(app: App, flags: Flags, now: Date): Promise<Condition> {
  const of: Condition[] = [conditionOf(janitorFiltersOf(flags), now)]
  for (const {option, text} of janitorExpressionsOf(flags)) of.push(expressionCondition(option, text, now))
  const where = flags['where'] as string | undefined
  if (where !== undefined) of.push(parseWhere(where, now))
  const user = flags['user'] as string | undefined
  if (user !== undefined) of.push(await ownedBy(app, user))
  return {kind: 'all', of}
}

async function ownedBy(app: App, name: string): Promise<Condition> {
  const users = await app.users()
  const at = name.lastIndexOf('@')
  const found =
    (at > 0 ? await users.findUser(name.slice(0, at), name.slice(at + 1)) : undefined) ?? (await users.findUser(name))
  if (!found) throw new PiError('NOT_FOUND', `There is no user '${name}'.`, {hints: ['See pi-manage user list']})
  return {
    kind: 'all',
    of: [
      {kind: 'field', field: {of: 'owner', name: 'uid'}, test: {op: 'equals', value: found.userId}},
      {kind: 'field', field: {of: 'owner', name: 'resolver'}, test: {op: 'equals', value: found.resolver}},
    ],
  }
}
