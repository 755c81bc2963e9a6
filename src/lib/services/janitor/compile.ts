import type {Schema} from '../../db/database.js'
import type {SqlPart, SqlTest, TextMatch} from '../../db/text-match.js'
import {escapeLike} from '../../db/text-match.js'
import {searchableColumns, type Condition, type Field, type Test} from './condition.js'

/** Microseconds of a day. */
const dayMicros = 86_400_000_000

/**
 * Writes a condition as SQL on the table `token`. What SQL cannot decide is left out, so that at least the tokens come
 * back that are meant; with `exact` exactly these. `undefined`: SQL can say nothing.
 */
export function compileCondition(condition: Condition, env: {match: TextMatch; schema: Schema}): SqlTest | undefined {
  switch (condition.kind) {
    case 'all': {
      const parts = condition.of.map((part) => compileCondition(part, env))
      const known = parts.filter((part) => part !== undefined)
      return {...join(known, ' AND ', '1 = 1'), exact: parts.length === known.length && known.every(({exact}) => exact)}
    }
    case 'any': {
      const parts = condition.of.map((part) => compileCondition(part, env))
      const known = parts.filter((part) => part !== undefined)
      if (known.length < parts.length) return undefined
      return {...join(known, ' OR ', '1 = 0'), exact: known.every(({exact}) => exact)}
    }
    case 'not': {
      const part = compileCondition(condition.of, env)
      return part?.exact ? {...part, sql: `NOT (${part.sql})`} : undefined
    }
    case 'orphaned': {
      // A token without owner is no orphan.
      return condition.value ? env.match.memberOf('tokenowner', 'tokenowner.token_id', inexact) : undefined
    }
    case 'present': {
      return onField(condition.field, env, () => always)
    }
    case 'field': {
      return onField(condition.field, env, (value) => compileTest(condition.test, condition.field, value, env.match))
    }
  }
}

const always: SqlTest = {sql: '1 = 1', bindings: [], exact: true}
const inexact: SqlTest = {sql: '1 = 1', bindings: [], exact: false}
const never: SqlTest = {sql: '1 = 0', bindings: [], exact: true}

/** Says that a value of the field passes the test, which gets the value as a piece of SQL. */
function onField(
  field: Field,
  {match, schema}: {match: TextMatch; schema: Schema},
  compile: (value: SqlPart) => SqlTest | undefined,
): SqlTest | undefined {
  switch (field.of) {
    case 'token': {
      return compile(identifier(`token.${field.column}`))
    }
    case 'info': {
      const test = compile(identifier('tokeninfo.Value')) ?? inexact
      const key = match.equals(identifier('tokeninfo.Key'), field.key)
      const encrypted = identifier('tokeninfo.Type')
      // What is encrypted can only be compared when it has been decrypted.
      const value =
        test === always
          ? always
          : {sql: `(${encrypted.sql} = 'password' OR ${test.sql})`, bindings: [...encrypted.bindings, ...test.bindings]}
      return {
        sql: `EXISTS (SELECT 1 FROM tokeninfo WHERE tokeninfo.token_id = token.id AND ${key.sql} AND ${value.sql})`,
        bindings: [...key.bindings, ...value.bindings],
        exact: test === always,
      }
    }
    case 'owner': {
      if (field.name === 'realm') {
        const test = compile(identifier('realm.name')) ?? inexact
        return match.memberOf('tokenowner JOIN realm ON realm.id = tokenowner.realm_id', 'tokenowner.token_id', test)
      }
      const column = field.name === 'uid' ? 'tokenowner.user_id' : 'tokenowner.resolver'
      return match.memberOf('tokenowner', 'tokenowner.token_id', compile(identifier(column)) ?? inexact)
    }
    case 'user': {
      return match.memberOf('tokenowner', 'tokenowner.token_id', inexact)
    }
    case 'realm': {
      const test = compile(identifier('realm.name')) ?? inexact
      return exists('tokenrealm JOIN realm ON realm.id = tokenrealm.realm_id', 'tokenrealm', test)
    }
    case 'group': {
      const test = compile(identifier('tokengroup.name')) ?? inexact
      return exists(
        'tokentokengroup JOIN tokengroup ON tokengroup.id = tokentokengroup.tokengroup_id',
        'tokentokengroup',
        test,
      )
    }
    case 'container': {
      if (!schema.hasTable('tokencontainertoken')) return never
      const comparable = ['description', 'serial', 'type'].includes(field.column)
      const test = (comparable ? compile(identifier(`tokencontainer.${field.column}`)) : inexact) ?? inexact
      const tables = 'tokencontainertoken JOIN tokencontainer ON tokencontainer.id = tokencontainertoken.container_id'
      return exists(tables, 'tokencontainertoken', test)
    }
  }
}

/** For tables whose key begins with the token. */
function exists(tables: string, link: string, {sql, bindings, exact}: SqlTest): SqlTest {
  return {sql: `EXISTS (SELECT 1 FROM ${tables} WHERE ${link}.token_id = token.id AND ${sql})`, bindings, exact}
}

function compileTest(test: Test, field: Field, value: SqlPart, match: TextMatch): SqlTest | undefined {
  const type = field.of === 'token' ? searchableColumns[field.column] : 'text'
  switch (test.op) {
    case 'boolean': {
      // A number or text is never a boolean.
      if (type !== 'boolean') return never
      return {sql: `${value.sql} = ?`, bindings: [...value.bindings, test.value], exact: true}
    }
    case 'integer': {
      if (type === 'boolean') return undefined
      if (type === 'integer') return compareNumber(value, test.compare, test.value)
      if (test.compare === '!=') return undefined
      return match.integer(value, test.compare, test.value)
    }
    case 'date': {
      if (test.compare === '!=' || test.compare === '=') return undefined
      const before = test.compare === '<' || test.compare === '<='
      const day = new Date((test.value + (before ? dayMicros : -dayMicros)) / 1000).toISOString().slice(0, 10)
      if (!/^\d{4}-/.test(day)) return undefined
      return match.day(value, before ? '<=' : '>=', day)
    }
    case 'between': {
      return match.between(value, test.first, test.last)
    }
    case 'equals': {
      if (type !== 'text') return undefined
      return negate(match.equals(value, test.value), value, test.negated)
    }
    case 'like': {
      if (type !== 'text') return undefined
      return negate(match.likeIgnoringCase(value, test.like), value, test.negated)
    }
    case 'regex': {
      if (type !== 'text') return undefined
      return negate(compileRegex(test, value, match), value, test.negated)
    }
  }
}

function compileRegex({regex}: Test & {op: 'regex'}, value: SqlPart, match: TextMatch): SqlTest {
  const {fact} = regex
  const exact = (part: SqlTest): SqlTest => ({...part, exact: fact.exact && part.exact})
  switch (fact.kind) {
    case 'any': {
      return {sql: `${value.sql} IS NOT NULL`, bindings: value.bindings, exact: fact.exact}
    }
    case 'contains': {
      return exact(match.contains(value, fact.text))
    }
    case 'prefix': {
      return exact(match.prefix(value, fact.text))
    }
    case 'equals': {
      const either = [match.equals(value, fact.text), match.equals(value, `${fact.text}\n`)]
      return exact({...join(either, ' OR ', ''), exact: true})
    }
  }
}

/** The opposite for values that are there. */
function negate(test: SqlTest, value: SqlPart, negated = false): SqlTest | undefined {
  if (!negated) return test
  if (!test.exact) return undefined
  return {
    sql: `(${value.sql} IS NOT NULL AND NOT (${test.sql}))`,
    bindings: [...value.bindings, ...test.bindings],
    exact: true,
  }
}

function compareNumber(value: SqlPart, operator: string, given: bigint): SqlTest {
  const limit = 2n ** 62n
  const clipped = given > limit ? limit : given < -limit ? -limit : given
  return {
    sql: `(${value.sql} IS NOT NULL AND ${value.sql} ${operator === '!=' ? '<>' : operator} ${clipped})`,
    bindings: [...value.bindings, ...value.bindings],
    exact: true,
  }
}

function identifier(name: string): SqlPart {
  return {sql: '??', bindings: [name]}
}

function join(parts: readonly SqlPart[], by: string, none: string): SqlPart {
  if (parts.length === 0) return {sql: none, bindings: []}
  return {sql: `(${parts.map(({sql}) => sql).join(by)})`, bindings: parts.flatMap(({bindings}) => bindings)}
}

/** A pattern with `*` for any text as a pattern of LIKE with the escape character `!`. */
export function likeOfWildcard(pattern: string): string {
  return pattern
    .split('*')
    .map((part) => escapeLike(part))
    .join('%')
}
