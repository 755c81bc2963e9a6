import {GeneralName, type Name} from '@peculiar/asn1-x509'
import {isIP} from 'node:net'
import {PiError} from '../../../errors.js'
import {attributesOf, nameOf, attributeOid} from '../../shared/names.js'
import type {OpensslConfig} from './openssl-config.js'

export const emailOid = '1.2.840.113549.1.9.1'

/** One word of a list of names: `DNS:host`, `email:copy`. */
export interface NameWord {
  type: string
  value: string
}

/**
 * The words of a value, or of the section that it names with `@`: there `DNS.1 = host` counts as `DNS:host`.
 * @throws PiError CONFIG
 */
export function nameWords(value: string, config: OpensslConfig): NameWord[] {
  const section = /^@(\S+)$/.exec(value.trim())?.[1]
  if (section !== undefined) {
    if (!config.has(section)) return []
    return config.entries(section).map(([name, text]) => ({type: name.replace(/\.[^.]*$/, ''), value: text.trim()}))
  }
  return value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => {
      const at = word.indexOf(':')
      return {type: word.slice(0, Math.max(at, 0)), value: word.slice(at + 1)}
    })
}

/** @throws PiError CONFIG for a kind of name that is not known */
export function generalName({type, value}: NameWord, config: OpensslConfig): GeneralName {
  switch (type.toLowerCase()) {
    case 'email':
      return new GeneralName({rfc822Name: value})
    case 'dns':
      return new GeneralName({dNSName: value})
    case 'uri':
      return new GeneralName({uniformResourceIdentifier: value})
    case 'rid':
      return new GeneralName({registeredID: value})
    case 'ip':
      if (isIP(value) === 0) throw new PiError('CONFIG', `'${value}' is no IP address.`)
      return new GeneralName({iPAddress: value})
    case 'dirname':
      return new GeneralName({directoryName: sectionName(value, config)})
    default:
      throw new PiError('CONFIG', `Names of the kind '${type}' are not supported in an extension.`, {
        hints: ['Supported: DNS, IP, URI, email, RID, dirName'],
      })
  }
}

/** Mail addresses of a subject, for `email:copy` and `email:move`. */
export function subjectMails(subject: Name): GeneralName[] {
  return attributesOf(subject)
    .filter(({oid}) => oid === emailOid)
    .map(({value}) => new GeneralName({rfc822Name: value}))
}

/** A section as a name: `C = DE`, `0.OU = Unit`. */
function sectionName(section: string, config: OpensslConfig): Name {
  return nameOf(
    config.entries(section).map(([name, value]) => {
      const oid = attributeOid(name.replace(/^\d+\./, ''))
      if (oid === undefined) throw new PiError('CONFIG', `'${name}' in [${section}] is no attribute of a name.`)
      return {oid, value}
    }),
  )
}
