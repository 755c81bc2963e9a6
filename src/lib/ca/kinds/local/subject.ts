import type {AttributeTypeAndValue} from '@peculiar/asn1-x509'
import {Name, RelativeDistinguishedName} from '@peculiar/asn1-x509'
import path from 'node:path'
import {PiError} from '../../../errors.js'
import {attributeOid, attributesOf, onelineOf, textOf} from '../../shared/names.js'
import type {CaFolder} from './folder.js'
import {emailOid} from './general-names.js'

/**
 * The subject of a certificate by the policy of the CA (openssl-ca(1), "POLICY FORMAT"): what the policy lists, in its
 * order; with `preserve` all of the request, in its order.
 * @throws PiError REFUSED when something demanded is missing or differs
 */
export function subjectByPolicy(folder: CaFolder, wanted: Name, issuer: Name): Name {
  const given = [...wanted].flatMap((rdn) => [...rdn])
  const kept: AttributeTypeAndValue[] = []
  for (const [name, rule] of folder.policy) {
    const oid = attributeOid(name)
    if (oid === undefined) throw new PiError('CONFIG', `'${name}' in the policy of the CA is no attribute of a name.`)
    const found = given.filter(({type}) => type === oid)
    if (!['match', 'optional', 'supplied'].includes(rule)) {
      throw new PiError(
        'CONFIG',
        `The policy of the CA says '${rule}' for ${name}; it can be match, supplied or optional.`,
      )
    }
    if (found.length === 0 && rule !== 'optional') {
      throw new PiError('REFUSED', `The request has no ${name}, which the policy of the CA demands.`)
    }
    if (rule === 'match') {
      const own = attributesOf(issuer).filter((attribute) => attribute.oid === oid)
      const other = found.find(({value}) => !own.some((attribute) => attribute.value === textOf(value)))
      if (other) {
        throw new PiError('REFUSED', `The ${name} '${textOf(other.value)}' of the request is not that of the CA.`, {
          hints: [`The CA has ${own.map(({value}) => `'${value}'`).join(', ') || 'none'}`],
        })
      }
    }
    kept.push(...found)
  }
  const subject = folder.keepsOrder
    ? wanted
    : new Name(kept.map((attribute) => new RelativeDistinguishedName([attribute])))
  return folder.mailInName ? subject : withoutMail(subject)
}

/**
 * Name of the files of a request, as the original makes it: the values of its subject joined by `_` (spec/11 §E2). A
 * name that would hit a file of the CA itself gets a `_` at its end: nobody can overwrite its key by a request.
 * @throws PiError REFUSED for a value with a slash, which would lead into another folder
 */
export function fileStem(folder: CaFolder, subject: Name): string {
  const values = attributesOf(subject).map(({value}) => value)
  const stem = values.join('_').replace(/\s/g, '_')
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (stem === '' || /[/\\\0-\x1f\x7f]/.test(stem) || Buffer.byteLength(stem) > 240) {
    throw new PiError('REFUSED', `The subject ${onelineOf(subject)} cannot be the name of a file.`, {
      hints: ['It must have a value, no slash or control character, and not more than 240 bytes'],
    })
  }
  const own = new Set(
    [folder.certificateFile, folder.key, folder.crlFile, folder.indexFile].map((file) => path.basename(file)),
  )
  const taken = own.has(`${stem}.pem`) || /^[0-9A-F]+$/.test(stem)
  return taken || stem.startsWith('.') ? `${stem}_` : stem
}

function withoutMail(subject: Name): Name {
  return new Name(
    [...subject]
      .map((rdn) => new RelativeDistinguishedName([...rdn].filter(({type}) => type !== emailOid)))
      .filter((rdn) => rdn.length > 0),
  )
}
