import {createHash} from 'node:crypto'
import type {ImportedToken} from '../../lib/types/imported-token.js'
import type {TokenWriter} from './contract.js'

/** First line of a dump. */
export const dumpMark = {format: 'pi-manage-tokens', version: 1}

/**
 * Everything about tokens, as JSON lines: a line that says what it is, one a token, and one with count and SHA-256 of all
 * before it, so that a dump that was cut is noticed. Meant to be encrypted with OpenPGP.
 */
export function dumpWriter(): TokenWriter {
  const hash = createHash('sha256')
  let count = 0
  const line = (document: unknown): string => {
    const text = `${JSON.stringify(document)}\n`
    hash.update(text)
    return text
  }
  return {
    format: 'dump',
    problem: () => undefined,
    begin: () => line(dumpMark),
    token(token) {
      count += 1
      return line(documentOf(token))
    },
    end: () => `${JSON.stringify({count, sha256: hash.digest('hex')})}\n`,
  }
}

/** Secrets that are no text are in base64, under another name. */
function documentOf({secret, state, details, realms, ...token}: ImportedToken): object {
  const secretField =
    secret === undefined || typeof secret === 'string'
      ? {secret}
      : {secretBase64: Buffer.from(secret).toString('base64')}
  const {exact: _, ...kept} = state ?? {}
  return {...token, ...secretField, ...kept, realms, details}
}
