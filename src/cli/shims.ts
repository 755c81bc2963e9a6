import {lstat, readlink, symlink, unlink} from 'node:fs/promises'
import path from 'node:path'
import {PiError, reasonOf} from '../lib/errors.js'
import {programs} from './compat/programs.js'

export interface ShimOutcome {
  name: string
  /** `kept`: it was ours already. `taken`: a file of that name belongs to somebody else and stays. */
  outcome: 'made' | 'kept' | 'taken' | 'removed' | 'absent'
}

/** The old names that can be installed; our own comes with the package. */
export function shimNames(): string[] {
  return Object.keys(programs).filter((name) => name !== 'pi-manage')
}

/** The file in `bin/` that answers to an old name. */
export function shimFile(root: string, name: string): string {
  return path.join(root, 'bin', `${name.replace(/\.py$/, '')}.js`)
}

/**
 * Gives the programs their old names, as links in a folder of the search path. What is there is never replaced, so that
 * the programs of a server on the same machine keep theirs.
 * @throws PiError CONFIG (the folder is not there or not writable)
 */
export async function changeShims(
  root: string,
  directory: string,
  names: readonly string[],
  remove: boolean,
): Promise<ShimOutcome[]> {
  const outcomes: ShimOutcome[] = []
  for (const name of names) {
    const link = path.join(directory, name)
    const state = await stateOf(link, shimFile(root, name))
    try {
      if (remove) {
        if (state === 'ours') await unlink(link)
        outcomes.push({name, outcome: state === 'ours' ? 'removed' : state === 'free' ? 'absent' : 'taken'})
      } else {
        if (state === 'free') await symlink(shimFile(root, name), link)
        outcomes.push({name, outcome: state === 'free' ? 'made' : state === 'ours' ? 'kept' : 'taken'})
      }
    } catch (error) {
      throw new PiError('CONFIG', `The link ${link} cannot be ${remove ? 'removed' : 'made'}: ${reasonOf(error)}`, {
        cause: error,
      })
    }
  }
  return outcomes
}

async function stateOf(link: string, target: string): Promise<'free' | 'ours' | 'foreign'> {
  try {
    if (!(await lstat(link)).isSymbolicLink()) return 'foreign'
    return path.resolve(path.dirname(link), await readlink(link)) === target ? 'ours' : 'foreign'
  } catch {
    return 'free'
  }
}
