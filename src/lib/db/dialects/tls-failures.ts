/** Whether a connection failed because of its encryption: codes of Node's TLS and OpenSSL, and the drivers' own. */
export function isTlsFailure({code = '', message}: Error & {code?: string}): boolean {
  return (
    /^(ERR_TLS|ERR_SSL|HANDSHAKE_(NO_SSL|SSL)|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO)/.test(code) ||
    /does not support (SSL|secure) conn/i.test(message)
  )
}
