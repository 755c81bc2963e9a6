import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import {PiError} from '../lib/errors.js'

interface Owner {
  uid: number
  gid: number
}

/** User and group id of a user of this system, by name or number. @throws PiError NOT_FOUND */
export async function findOwner(name: string): Promise<Owner> {
  try {
    const ask = async (what: '-u' | '-g') => Number((await promisify(execFile)('id', [what, '--', name])).stdout)
    const [uid, gid] = await Promise.all([ask('-u'), ask('-g')])
    if (Number.isInteger(uid) && Number.isInteger(gid)) return {uid, gid}
  } catch (error) {
    throw new PiError('NOT_FOUND', `This system has no user '${name}'.`, {cause: error})
  }
  throw new PiError('NOT_FOUND', `This system has no user '${name}'.`)
}
