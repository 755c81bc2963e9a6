import {expect} from 'chai'
import type {EventServer} from '../../../../src/lib/events/contract.js'
import type {EventSurroundings, LintedEvent} from '../../../../src/lib/events/lint/contract.js'
import {eventLintRules, lintEvents} from '../../../../src/lib/events/lint/lint.js'

const release38: EventServer = {eduMfa: false, release: [3, 8]}
const release39: EventServer = {eduMfa: false, release: [3, 9]}
const release312: EventServer = {eduMfa: false, release: [3, 12]}
const release314: EventServer = {eduMfa: false, release: [3, 14]}
const eduMfa: EventServer = {eduMfa: true, release: [3, 9]}

const surroundings = (server: EventServer): EventSurroundings => ({
  auditActionLength: 50,
  canRead: (path) => path === '/etc/mail.txt',
  known: {
    admin: new Set(['boss']),
    realm: new Set(['corp', 'sales']),
    'remote-server': new Set(['pi1']),
    resolver: new Set(['staff']),
    'sms-gateway': new Set(['http1']),
    'smtp-server': new Set(['mail1']),
    'token-group': new Set(['g1']),
  },
  scriptFault: (name) => (name === 'note.sh' ? undefined : 'is not in /scripts'),
  server,
})

type Fields = Partial<LintedEvent>
let lastId = 0

function handler(module: string, action: string, options: Record<string, string>, fields: Fields = {}): LintedEvent {
  const id = (lastId += 1)
  return {
    action,
    active: true,
    conditions: {},
    events: ['token_init'],
    handler: module,
    id,
    name: `h${id}`,
    options,
    ordering: id,
    position: 'post',
    storedName: `h${id}`,
    ...fields,
  }
}

const count = (conditions: Record<string, string>, fields: Fields = {}): LintedEvent =>
  handler('Counter', 'increase_counter', {counter_name: 'c'}, {conditions, ...fields})
const mail = (options: Record<string, string>): LintedEvent =>
  handler('UserNotification', 'sendmail', {emailconfig: 'mail1', ...options})
const mangle = (options: Record<string, string>): LintedEvent =>
  handler('RequestMangler', 'set', options, {events: ['validate_check'], position: 'pre'})
const hook = (options: Record<string, string>): LintedEvent =>
  handler('WebHook', 'post_webhook', {URL: 'https://x.test/', content_type: 'json', data: 'x', ...options})

const twins = (fields: Fields, others: Fields = fields): LintedEvent[] => [count({}, fields), count({}, others)]

/** For each rule: handlers that break it, with the severity and the server. */
const planted: Record<string, [string, EventServer, LintedEvent | LintedEvent[]][]> = {
  E001: [
    ['error', release38, handler('Nothing', 'x', {})],
    ['error', release38, handler('Container', 'delete', {})],
    ['error', eduMfa, handler('Container', 'delete', {})],
  ],
  E002: [
    ['error', release38, handler('Token', 'explode', {})],
    ['error', release38, handler('Federation', 'Forward', {privacyIDEA: 'pi1'})],
    ['error', release39, handler('Token', 'increase tokeninfo', {key: 'a'})],
  ],
  E003: [
    ['error', release38, count({}, {events: ['token_ini']})],
    ['error', release38, count({}, {events: ['ttype']})],
    ['error', eduMfa, count({}, {events: ['subscription_get']})],
    ['error', release38, count({}, {events: []})],
  ],
  E004: [
    ['warning', release38, handler('Token', 'delete', {serial: '1'})],
    ['warning', release38, handler('UserNotification', 'sendmail', {EmailConfig: 'mail1', emailconfig: 'mail1'})],
    ['warning', release38, mangle({parameter: 'realm', reset_user: '1', value: 'corp'})],
  ],
  E005: [
    ['error', release38, handler('UserNotification', 'sendmail', {})],
    ['error', eduMfa, handler('Federation', 'forward', {privacyIDEA: 'pi1'})],
  ],
  E006: [
    ['warning', release38, mail({attach_qrcode: 'yes'})],
    ['error', release38, mail({mimetype: 'HTML'})],
    ['error', release38, mail({body: 'Hello {name}'})],
    ['error', release38, mail({body: 'p { color: red }'})],
    ['error', release38, mail({body: '{tokendescription}'})],
    ['error', release38, mail({To: 'email', 'To email': 'a@x.test, b@x.test'})],
    ['error', release38, handler('Token', 'set random pin', {length: '32'})],
    ['error', release38, handler('Token', 'set validity', {'valid till': '-5d'})],
    ['error', release38, handler('Token', 'set tokeninfo', {key: 'seen', value: '{current_time}{+5m}'})],
    ['error', release38, handler('ResponseMangler', 'delete', {'JSON pointer': '/a/b/c/d'})],
    ['error', release38, handler('UserNotification', 'savefile', {filename: '../../etc/{username}'})],
    ['error', release38, hook({content_type: 'urlencoded'})],
    ['error', release314, hook({content_type: 'urlendcode'})],
    ['error', release38, hook({URL: 'ftp://x'})],
  ],
  E007: [
    ['error', release38, count({tokentyp: 'hotp'})],
    ['error', release38, count({result_authentication: 'REJECT'})],
    ['error', release312, count({user_info: 'a == b'})],
  ],
  E008: [
    ['error', release38, count({client_ip: '!10.0.0.1'})],
    ['error', release38, count({client_ip: '10.0.0.0/40'})],
    ['error', release38, count({tokentype: 'hotp, totp'})],
    ['error', release38, count({realm: 'corp,sales'})],
    ['error', release38, count({user_token_number: '>1'})],
    ['error', release38, count({otp_counter: '<>5'})],
    ['error', release38, count({last_auth: '5w'})],
    ['error', release38, count({detail_message: '(unclosed'})],
    ['error', release38, count({tokeninfo: 'department=R.*'})],
    ['error', release38, count({tokeninfo: 'a >= 5'})],
    ['error', release38, count({tokeninfo: 'a < {current_time}'})],
    ['error', release38, count({counter: 'failed > many'})],
    ['error', release38, count({token_has_owner: 'true'})],
    ['warning', release38, count({result_value: 'yes'})],
    ['error', release312, count({tokeninfo: "a 'resembles' b"})],
  ],
  E009: [['warning', release38, handler('Federation', 'forward', {privacyIDEA: 'pi1'}, {position: 'pre'})]],
  E010: [
    ['error', release38, mail({To: 'email'})],
    ['error', release38, mangle({match_parameter: 'user', parameter: 'realm', value: 'x'})],
    ['warning', release38, mangle({match_parameter: 'user', match_pattern: 'a|b', parameter: 'realm', value: 'x'})],
    ['warning', release38, mangle({match_parameter: 'user', match_pattern: '(.*)@x', parameter: 'user', value: '{1}'})],
    ['error', release38, mangle({match_parameter: 'user', match_pattern: '(.*)@x', parameter: 'user', value: '{a}'})],
    ['error', release38, handler('Script', '../rm', {})],
    ['warning', release38, handler('Script', 'note.sh', {raise_error: '1'})],
    ['warning', release38, handler('Token', 'set random pin', {}, {position: 'pre'})],
    ['warning', release38, hook({replace: 'False'})],
    ['warning', release38, hook({data: '{"a": "{token_serial}"}', replace: '1'})],
    [
      'warning',
      release38,
      handler('Federation', 'forward', {privacyIDEA: 'pi1'}, {conditions: {result_value: 'False'}}),
    ],
  ],
  E011: [
    ['error', release38, mail({emailconfig: 'nothing'})],
    ['error', release38, mail({To: 'internal admin', 'To internal admin': 'nobody'})],
    ['error', release38, handler('Token', 'set tokenrealm', {realm: 'nowhere'})],
    ['error', release38, count({tokenrealm: 'corp,nowhere'})],
    ['error', release38, count({resolver: 'Staff'})],
  ],
  E012: [
    ['error', release38, mail({body: 'file:/etc/nothing.txt'})],
    ['error', release38, handler('Script', 'other.sh', {})],
  ],
  E013: [['warning', release38, count({result_value: 'True'}, {position: 'pre'})]],
  E014: [
    ['error', release312, count({result_authentication: 'REJECT', result_value: 'True'})],
    ['error', release38, count({logged_in_user: 'admin'}, {events: ['validate_check']})],
    ['warning', release38, count({result_status: 'False'})],
    ['warning', release38, count({result_value: 'True'}, {events: ['validate_triggerchallenge']})],
  ],
  E015: [['info', release38, count({tokentype: 'hotp'})]],
  E016: [['info', release38, count({}, {events: ['validate_triggerchallenge']})]],
  E017: [
    ['error', release38, count({}, {name: 'x'.repeat(65)})],
    ['error', release38, mail({body: 'x'.repeat(2001)})],
    ['error', release38, count({}, {events: ['token_init', ' token_set']})],
  ],
  E018: [
    [
      'warning',
      release38,
      [handler('Token', 'disable', {}, {ordering: 5}), handler('Token', 'enable', {}, {ordering: 5})],
    ],
  ],
  E019: [['warning', release38, twins({storedName: 'same'}, {active: false, storedName: 'same'})]],
  E020: [['warning', release38, twins({events: ['token_set']})]],
}

const clean: [string, EventServer, LintedEvent][] = [
  ['a mail', release38, mail({body: 'Hello {user:<10}, {{x}}', subject: '{serial}', To: 'tokenowner'})],
  ['a template file', release38, mail({body: 'file:/etc/mail.txt'})],
  ['a file in the spool folder', release38, handler('UserNotification', 'SaveFile', {filename: '{serial}/{random}'})],
  ['a script', release38, handler('Script', 'note.sh', {background: 'wait', raise_error: 'True', serial: '1'})],
  [
    'a pattern',
    release38,
    mangle({match_parameter: 'user', match_pattern: '(a|b)@x', parameter: 'user', value: '{0}'}),
  ],
  ['a date', release38, handler('Token', 'set validity', {'valid from': '23.12.2030 10:00', 'valid till': '+5d'})],
  ['eduMFA forwarding', eduMfa, handler('Federation', 'forward', {eduMFA: 'pi1'})],
  ['numbers', eduMfa, count({user_token_number: '=> 2'})],
  ['a list of realms', release312, count({realm: 'corp,sales'})],
  ['a container', release312, handler('Container', 'set states', {lost: '1'}, {events: ['container_init']})],
  ['a web hook of 3.14', release314, hook({content_type: 'application/json', data: '{"a": "{serial}"}', replace: '1'})],
]

describe('event lint', () => {
  it('has planted handlers for every rule', () => {
    expect(Object.keys(planted)).to.deep.equal(eventLintRules.map(({id}) => id))
  })

  for (const [rule, cases] of Object.entries(planted)) {
    for (const [index, [severity, server, events]] of cases.entries()) {
      it(`finds ${rule}, planted case ${index + 1}, as ${severity}`, () => {
        const findings = lintEvents([events].flat(), surroundings(server)).filter((finding) => finding.rule === rule)

        expect(findings.map((finding) => finding.severity)).to.include(severity)
      })
    }
  }

  for (const [title, server, event] of clean) {
    it(`is silent on ${title}`, () => {
      expect(lintEvents([event], surroundings(server))).to.deep.equal([])
    })
  }
})
