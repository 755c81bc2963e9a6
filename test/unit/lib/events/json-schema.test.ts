import {expect} from 'chai'
import {configSchemas} from '../../../../src/lib/config-objects/json-schema.js'

interface Rule {
  if: {properties: Record<string, {const: string}>}
  then: {properties: Record<string, {required?: string[]; properties?: Record<string, unknown>}>}
}

describe('JSON Schemas of configuration files', () => {
  const rules = (kind: string) => (configSchemas().get(kind) as {allOf: Rule[]}).allOf

  it('know the options of an action', () => {
    const rule = rules('event').find(({if: {properties}}) => properties['action']?.const === 'sendmail')

    expect(rule?.then.properties['options']?.required).to.deep.equal(['emailconfig'])
    expect(rule?.then.properties['options']?.properties).to.include.keys('To', 'body', 'mimetype')
  })

  it('know the actions of a scope', () => {
    const rule = rules('policy').find(({if: {properties}}) => properties['scope']?.const === 'authentication')

    expect(rule?.then.properties['actions']?.properties).to.include.keys('otppin', 'passthru')
  })
})
