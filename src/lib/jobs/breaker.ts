import {PiError} from '../errors.js'

/** Most objects that a run may touch without being told. */
export const breakerCount = 100
/** Most of all objects, in percent; for less than `breakerFloor` objects it does not count. */
export const breakerPercent = 5
export const breakerFloor = 20

/**
 * Stops a run that would touch more than 100 objects, or more than 5 % of all (from 20 objects on), unless the operator
 * has said how many may be touched.
 * @param what e.g. `tokens to delete`
 * @throws PiError BREAKER
 */
export function guardMass(hit: number, all: number, what: string, allowed: number | undefined): void {
  const limit = allowed ?? breakerCount
  const share = all > 0 ? (hit / all) * 100 : 0
  const tooMany = hit > limit
  const tooMuch = allowed === undefined && hit > breakerFloor && share > breakerPercent
  if (!tooMany && !tooMuch) return
  throw new PiError('BREAKER', `There are ${hit} ${what}, ${share.toFixed(1)} % of all ${all}; nothing was changed.`, {
    hints: ['Look at them first: the same command without the action', `If this is right, add --allow-mass ${hit}`],
  })
}
