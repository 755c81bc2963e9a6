import {namedSettings} from '../shared/named-settings.js'
import {requiredText, texts} from '../shared/text.js'

/** Certificate authorities. */
export const caConnector = namedSettings({
  kind: 'ca-connector',
  exportKey: 'caconnector',
  exportShape: 'list',
  table: 'caconnector',
  typeColumn: 'catype',
  settings: {owner: 'caconnector_id', table: 'caconnectorconfig'},
  bumpsTimestamp: true,
  isSecret: (key) => key === 'ssl_client_key_password',
  toOriginal: (name, {settings, type}) => ({connectorname: name, type, data: settings, templates: {}}),
  fromOriginal: (element, key) => ({
    // `templates` is what the connector offers, not a setting
    name: key ?? requiredText(element, 'connectorname', 'CA connector'),
    document: {settings: texts(element['data']), type: requiredText(element, 'type', 'CA connector')},
  }),
})
