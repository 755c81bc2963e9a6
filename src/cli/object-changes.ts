import type {ObjectChange} from '../lib/services/config-objects.js'

const signs = {create: '+', delete: '-', update: '~'} as const

/** A change of a configuration object as a person reads it: a line for the object, one for each field. */
export function describeChange({change, fields, kind, name}: ObjectChange): string {
  const lines = [`${signs[change]} ${kind} ${name}`]
  if (change === 'update') {
    for (const {field, from, to} of fields) lines.push(`    ${field}: ${shown(from)} -> ${shown(to)}`)
  }
  return lines.join('\n')
}

/** A change without the documents behind it: what `--json` shows. */
export function changeDocument({change, fields, kind, name}: ObjectChange): ObjectChange {
  return {change, fields, kind, name}
}

/** `2 created, 1 updated`. */
export function countChanges(changes: readonly ObjectChange[]): {created: number; updated: number; deleted: number} {
  const count = (kind: ObjectChange['change']): number => changes.filter(({change}) => change === kind).length
  return {created: count('create'), deleted: count('delete'), updated: count('update')}
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value)
}
