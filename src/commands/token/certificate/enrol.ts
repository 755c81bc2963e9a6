import {Flags} from '@oclif/core'
import {AppCommand} from '../../../cli/app-command.js'
import {caKey, passphraseFrom} from '../../../cli/flags/ca.js'
import {certificateToken, tokenWishes} from '../../../cli/flags/certificate-token.js'
import {readInputText} from '../../../cli/input-text.js'
import {writeOutputFile} from '../../../cli/output-file.js'
import type {EnrolledToken, EnrolOptions} from '../../../lib/services/ca/tokens.js'

export default class TokenCertificateEnrol extends AppCommand<typeof TokenCertificateEnrol> {
  static override summary = 'Enrol a certificate token: by a request, or with a key that is made here.'
  static override description =
    'The CA signs, and certificate and CA are kept with the token, as the server does. With --generate the key is made ' +
    'here, kept encrypted, and handed out by "token certificate export". The policies of the server about enrolment are ' +
    'not asked. A token whose CA decides later is pending; see "token certificate poll".'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --ca myCA --csr alice.csr --user alice',
      description: 'By the request of its owner',
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> --ca myCA --generate --user alice --pin-file pin.txt --template user',
      description: 'With a new key, for a PKCS#12 file',
    },
  ]
  static override flags = {
    ...certificateToken,
    ...caKey,
    attestation: Flags.string({
      dependsOn: ['csr'],
      description: 'certificate of the device that made the key',
      helpValue: 'FILE',
    }),
    'attestation-ca': Flags.string({
      default: ['/etc/privacyidea/trusted_attestation_ca'],
      description: 'folder with the chains that are trusted for it',
      helpValue: 'DIR',
      multiple: true,
    }),
    ca: Flags.string({description: 'name of the CA connector', helpValue: 'NAME', required: true}),
    csr: Flags.string({
      description: 'file with the request, - for the standard input',
      exactlyOne: ['csr', 'generate'],
      helpValue: 'FILE',
    }),
    days: Flags.integer({description: 'validity in days (default: 365)', helpValue: 'N', min: 1}),
    extensions: Flags.string({description: 'section with the extensions (default: server)', helpValue: 'SECTION'}),
    generate: Flags.boolean({dependsOn: ['user'], description: 'make the key here'}),
    keysize: Flags.integer({default: 2048, description: 'bits of a key that is made here', helpValue: 'BITS'}),
    out: Flags.string({char: 'o', description: 'write the certificate into this file', helpValue: 'FILE'}),
    'subject-component': Flags.option({
      options: ['email', 'realm'] as const,
      description: 'what the name in the certificate has beside the login',
      multiple: true,
    })(),
    template: Flags.string({char: 't', description: 'template of the CA', helpValue: 'NAME'}),
  }

  async run(): Promise<EnrolledToken> {
    const {flags} = this
    const source = await this.#source()
    const enrolled = await this.withApp(async (app) => {
      const token = await (
        await app.certificateTokens()
      ).enrol({
        ...tokenWishes(flags),
        ca: flags.ca,
        template: flags.template,
        days: flags.days,
        extensions: flags.extensions,
        waitSeconds: flags.wait,
        passphrase: passphraseFrom(flags),
        source,
      })
      await app.audit({
        action: 'CLI token certificate enrol',
        info: `${token.ca} ${token.facts?.serial ?? token.state}`,
        serial: token.serial,
      })
      return token
    })
    const {certificate, facts, serial} = enrolled
    if (flags.out !== undefined && certificate !== undefined) await writeOutputFile(flags.out, certificate)
    if (facts)
      this.log(`Enrolled ${serial}: certificate ${facts.serial} for ${facts.subject}, until ${facts.notAfter}.`)
    else this.log(`Enrolled ${serial}, pending at the CA: ${enrolled.message}.`)
    return enrolled
  }

  async #source(): Promise<EnrolOptions['source']> {
    const {attestation, csr, keysize} = this.flags
    if (csr === undefined) {
      const components = this.flags['subject-component'] ?? []
      return {keySize: keysize, mail: components.includes('email'), realm: components.includes('realm')}
    }
    return {
      request: await readInputText(csr),
      ...(attestation !== undefined && {
        attestation: {certificate: await readInputText(attestation), folders: this.flags['attestation-ca']},
      }),
    }
  }
}
