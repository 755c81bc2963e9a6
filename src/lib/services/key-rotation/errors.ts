import {PiError} from '../../errors.js'
import type {BrokenValue} from './quarantine.js'

/** Values that decrypt under no key stand in the way. */
export class BrokenValuesError extends PiError {
  readonly broken: readonly BrokenValue[]

  constructor(broken: readonly BrokenValue[], {underWay}: {underWay: boolean}) {
    const some = broken.slice(0, 5).map(({table, column, id}) => `${table}.${column} ${id}`)
    super(
      'INTEGRITY',
      `${broken.length} values cannot be decrypted (${some.join(', ')}${broken.length > some.length ? ', …' : ''}); ${underWay ? 'the rotation stands still' : 'nothing was changed'}.`,
      {
        hints: [
          'pi-manage enckey verify lists them',
          underWay
            ? 'Go on and leave them as they are: enckey rotate --resume --quarantine; or go back: enckey rotate --abort'
            : 'Leave them as they are, under no key: enckey rotate --quarantine',
        ],
      },
    )
    this.broken = broken
  }
}

export function foreignRun(host: string, startedAt: string): PiError {
  return new PiError(
    'REFUSED',
    `A rotation of the keys of this database was begun on ${host} at ${startedAt} and has not ended.`,
    {
      hints: [`Resume or abort it there: pi-manage enckey rotate --resume`],
    },
  )
}
