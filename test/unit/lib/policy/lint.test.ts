import {expect} from 'chai'
import {lintPolicies, lintRules} from '../../../../src/lib/policy/lint/lint.js'
import type {LintSurroundings} from '../../../../src/lib/policy/lint/contract.js'
import type {Policy, PolicyCondition} from '../../../../src/lib/types/policy.js'
import {policy} from './support.js'

const surroundings: LintSurroundings = {
  actionLength: 2000,
  adminRealms: new Set(['super']),
  canRead: (path) => path === '/etc/privacyidea/mail.txt',
  nodes: new Set(['n1', 'n2']),
  radiusServers: new Set(['radius1']),
  realms: new Set(['sales', 'corp']),
  release: [3, 8],
  resolvers: new Set(['r1', 'r2']),
}

const auth = (action: string, fields?: Parameters<typeof policy>[3]): Policy =>
  policy('p', 'authentication', action, fields)
const authz = (action: string, fields?: Parameters<typeof policy>[3]): Policy =>
  policy('p', 'authorization', action, fields)
const on = (section: string, key: string, comparator: string, value: string): {conditions: PolicyCondition[]} => ({
  conditions: [{active: true, comparator, key, section, value}],
})
const second = (made: Policy): Policy => ({...made, name: 'q'})

/** For each rule: policies that break it, with the severity expected. */
const planted: Record<string, [string, Policy[]][]> = {
  P001: [
    ['error', [policy('p', 'nowhere', 'a')]],
    ['error', [policy('p', 'container', 'container_registration_ttl=5')]],
  ],
  P002: [
    ['error', [auth('otpin=none')]],
    ['info', [policy('p', 'admin', 'enroll.*')]],
    ['error', [policy('p', 'admin', '-nothing')]],
  ],
  P003: [
    ['warning', [auth('force_challenge_response')]],
    ['warning', [policy('p', 'enrollment', 'passkey_max_token_per_user=1')]],
  ],
  P004: [['error', [auth('otppin')]]],
  P005: [
    ['error', [auth('passOnNoUser=0')]],
    ['warning', [auth('passOnNoUser=1')]],
  ],
  P006: [
    ['error', [auth('question_number=two')]],
    ['warning', [auth('question_number=31')]],
  ],
  P007: [
    ['error', [auth('otppin=Userstore')]],
    ['error', [policy('p', 'webui', 'login_mode=privacyidea')]],
    ['error', [auth('webauthn_allowed_transports=usb wifi')]],
  ],
  P008: [
    ['error', [auth('otppin = none')]],
    ['error', [auth('')]],
    ['error', [auth('otppin=none,,passOnNoUser')]],
  ],
  P009: [['warning', [auth('otppin=none', {actionText: 'otppin=none, otppin=userstore'})]]],
  P010: [['error', [auth('smstext=PIN <otp>, use it')]]],
  P011: [['error', [auth('otppin=none userstore')]]],
  P012: [['warning', [auth("smstext='Your code <otp>")]]],
  P013: [
    ['error', [auth('otppin=none', {user: '!root'})]],
    ['error', [auth('otppin=none', {client: '!10.0.0.1'})]],
  ],
  P014: [['error', [auth('otppin=none', {user: '*admin'})]]],
  P015: [
    ['warning', [auth('otppin=none', {user: 'a|b'})]],
    ['info', [auth('otppin=none', {user: 'hans.maier'})]],
  ],
  P016: [['error', [auth('otppin=none', {realm: 'Sales'})]]],
  P017: [['warning', [auth('otppin=none', {resolver: '*, !r1'})]]],
  P018: [['error', [auth('otppin=none', {checkAllResolvers: true})]]],
  P019: [
    ['error', [auth('otppin=none', {nodes: ['*']})]],
    ['warning', [auth('otppin=none', {nodes: ['n9']})]],
  ],
  P020: [
    ['warning', [auth('otppin=none', {realm: 'nobody'})]],
    ['warning', [auth('otppin=none', {resolver: 'r9'})]],
    ['warning', [policy('p', 'admin', '*', {adminRealms: ['nobody']})]],
  ],
  P021: [
    ['error', [auth('otppin=none', {client: '10.0.0.0/33'})]],
    ['warning', [auth('otppin=none', {client: ' , '})]],
  ],
  P022: [
    ['error', [auth('otppin=none', {time: 'mon:25-26'})]],
    ['error', [auth('otppin=none', {time: 'fri-mon:9-17'})]],
    ['error', [auth('otppin=none', {time: 'xyz:9-17'})]],
  ],
  P023: [['error', [auth('otppin=none', {priority: 0})]]],
  P024: [
    ['error', [policy('a/b', 'authentication', 'otppin=none')]],
    ['error', [policy('check', 'authentication', 'otppin=none')]],
    ['error', [auth('otppin=none', {user: 'u'.repeat(300)})]],
  ],
  P025: [
    ['error', [auth('otppin=none', on('weather', 'rain', 'equals', '1'))]],
    ['error', [auth('otppin=none', on('userinfo', 'phone', 'resembles', '1'))]],
    ['error', [auth('otppin=none', on('userinfo', 'phone', 'string_contains', '1'))]],
  ],
  P026: [
    ['error', [auth('otppin=none', on('token', 'failcount', 'equals', '3'))]],
    ['error', [auth('otppin=none', on('token', 'failcount', '>', 'three'))]],
    ['error', [auth('otppin=none', on('userinfo', 'phone', 'matches', '*'))]],
    ['error', [auth('otppin=none', on('userinfo', 'phone', 'in', 'a,"b'))]],
    ['error', [auth('otppin=none', on('token', 'serial', 'contains', 'x'))]],
  ],
  P027: [['error', [authz('serial=OATH.*', on('userinfo', 'phone', 'equals', '1'))]]],
  P028: [['warning', [auth('otppin=none', on('token', 'tokentype', 'equals', 'hotp'))]]],
  P029: [['warning', [authz('no_detail_on_fail', {realm: 'sales'})]]],
  P030: [
    ['error', [authz('auth_max_fail=3')]],
    ['error', [auth('auth_cache=4 hours')]],
    ['error', [auth('mangle=user/x')]],
    ['error', [auth('mangle=mail/a/b/')]],
    ['error', [authz('tokeninfo=key/x')]],
    ['error', [policy('p', 'enrollment', 'change_pin_every=90')]],
    ['error', [auth('passthru_assign=pin:pin')]],
    ['error', [policy('p', 'admin', 'otp_pin_contents=xyz')]],
    ['error', [policy('p', 'register', 'requiredemail=/[/')]],
  ],
  P031: [
    ['warning', [auth('challenge_text_footer=end')]],
    ['warning', [auth('passthru=userstore, passthru_assign=6:pin')]],
    ['warning', [policy('p', 'enrollment', 'losttoken_PW_contents=xyz')]],
  ],
  P032: [['error', [auth('enroll_via_multichallenge=PUSH')]]],
  P033: [['warning', [auth('challenge_response=hotp carrierpigeon')]]],
  P034: [['warning', [auth('passthru=radius9')]]],
  P035: [['warning', [auth('otppin=none', {adminRealms: ['super']})]]],
  P036: [
    ['info', [authz('no_detail_on_fail')]],
    ['info', [auth('u2f_challenge_text=touch it')]],
  ],
  P037: [
    ['warning', [auth('smstext=Your code {otpp}')]],
    ['warning', [auth('smstext=Your code {otp')]],
    ['warning', [auth('emailtext=file:/nowhere')]],
  ],
  P038: [['warning', [auth('otppin=none', {user: 'hans@sales'})]]],
  P101: [
    ['error', [auth('otppin=none'), second(auth('otppin=userstore'))]],
    ['warning', [auth('otppin=none', {user: 'a.*c'}), second(auth('otppin=userstore', {user: 'ab.*'}))]],
    ['error', [authz('setrealm=sales'), second(authz('setrealm=corp', {priority: 2}))]],
  ],
  P102: [['warning', [auth('otppin=none'), second(auth('otppin=userstore', {priority: 2, realm: 'sales'}))]]],
  P103: [
    ['warning', [auth('otppin=none', {realm: 'sales, corp'}), second(auth('otppin=none', {realm: 'corp, sales'}))]],
  ],
  P104: [
    [
      'warning',
      [
        policy('p', 'enrollment', 'max_token_per_user=3'),
        policy('q', 'enrollment', 'max_token_per_user=9', {priority: 5, realm: 'sales'}),
      ],
    ],
  ],
  P105: [
    [
      'warning',
      [authz('authorized=grant_access', {priority: 5}), second(authz('authorized=deny_access', {priority: 2}))],
    ],
  ],
  P106: [['warning', [policy('p', 'admin', 'enable, disable')]]],
  P107: [['info', [authz('tokentype=hotp'), second(authz('tokentype=totp'))]]],
}

describe('policy lint (spec/07 §10)', () => {
  it('has a planted fault for every rule, and no others', () => {
    expect(Object.keys(planted).sort()).to.deep.equal(lintRules.map(({id}) => id))
    expect(lintRules).to.have.length(45)
  })

  for (const [rule, cases] of Object.entries(planted)) {
    for (const [index, [severity, policies]] of cases.entries()) {
      it(`${rule} finds its fault ${index + 1}: ${severity}`, () => {
        const found = lintPolicies(policies, surroundings).filter((finding) => finding.rule === rule)

        expect(found.map((finding) => finding.severity)).to.include(severity)
        expect(found[0]!.message).to.match(/[.?)]$/)
      })
    }
  }

  it('is silent on clean policies', () => {
    const clean = [
      policy('superuser', 'admin', '*', {adminRealms: ['super']}),
      policy('helpdesk', 'admin', 'enable, disable, resync', {adminRealms: ['super'], priority: 2, realm: 'sales'}),
      policy('pin', 'authentication', 'otppin=userstore, challenge_response=hotp totp', {
        realm: 'sales',
        time: 'mon-fri:8-17',
      }),
      policy('pin-vpn', 'authentication', 'otppin=none', {client: '10.0.0.0/8, !10.0.0.1', realm: 'corp'}),
      policy('text', 'authentication', "smstext='Your code {otp}', sms_challenge_text=Enter the code", {
        user: '*, !root',
      }),
      policy('mail', 'authentication', 'emailtext=file:/etc/privacyidea/mail.txt, emailsubject=Hello {user}'),
      policy('types', 'authorization', 'tokentype=hotp totp, auth_max_fail=3/5m, last_auth=10d', {resolver: 'r1'}),
      policy('limits', 'enrollment', 'max_token_per_user=3, hotp_max_token_per_user=1, otp_pin_random=8'),
      policy('ui', 'webui', 'login_mode=userstore, logout_time=600', {nodes: ['n1']}),
      policy('phone', 'authentication', 'resync_via_multichallenge', on('userinfo', 'phone', 'matches', '\\+49.*')),
    ]

    expect(lintPolicies(clean, surroundings)).to.deep.equal([])
  })
})
