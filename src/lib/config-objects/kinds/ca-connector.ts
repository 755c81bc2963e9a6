import {namedSettings} from '../shared/named-settings.js'
import {requiredText, texts} from '../shared/text.js'

/** Types as the originals store them (spec/11 §E2, §E3). */
function typeOfSetting(key: string): string {
  if (key === 'CRL_Validity_Period' || key === 'CRL_Overlap_Period') return 'int'
  return key === 'use_ssl' ? 'bool' : 'string'
}

/** Certificate authorities. */
export const caConnector = namedSettings({
  kind: 'ca-connector',
  exportKey: 'caconnector',
  exportShape: 'list',
  table: 'caconnector',
  typeColumn: 'catype',
  settings: {owner: 'caconnector_id', table: 'caconnectorconfig'},
  bumpsTimestamp: true,
  // `cakey_password` is ours: the passphrase of the key of a local CA, or the PIN of its token
  isSecret: (key) => key === 'ssl_client_key_password' || key === 'cakey_password',
  typeOf: typeOfSetting,
  toOriginal: (name, {settings, type}) => ({connectorname: name, type, data: settings, templates: {}}),
  fromOriginal: (element, key) => ({
    // `templates` is what the connector offers, not a setting
    name: key ?? requiredText(element, 'connectorname', 'CA connector'),
    document: {settings: texts(element['data']), type: requiredText(element, 'type', 'CA connector')},
  }),
})
