import {PiError, type ErrorCode} from '../../../lib/errors.js'

/**
 * What a caller may do after a return code:
 * `never` – the same call would end the same way; `restart` – finalise, initialise, new session and handles, then repeat;
 * `login` – log in again, then repeat; `data` – the input is at fault, not the device.
 */
export type Conduct = 'never' | 'restart' | 'login' | 'data'

export interface ReturnCode {
  readonly name: string
  /** One clause in the operator's words. */
  readonly meaning: string
  readonly conduct: Conduct
  readonly code: ErrorCode
  readonly hint?: string
}

const pinHint =
  'Check the PIN (PI_HSM_MODULE_PASSWORD, or the file given); it is not tried again, so that the token does not lock'

function row(
  name: string,
  meaning: string,
  conduct: Conduct = 'never',
  code: ErrorCode = conduct === 'data' ? 'INTEGRITY' : 'UNAVAILABLE',
  hint?: string,
): ReturnCode {
  return {name: `CKR_${name}`, meaning, conduct, code, ...(hint && {hint})}
}

/** The return codes of PKCS#11 v2.40 (§11.1), with the conduct of spec/02 §11.5. */
const returnCodes: Record<number, ReturnCode> = {
  0x01: row('CANCEL', 'the operation was cancelled'),
  0x02: row('HOST_MEMORY', 'the module ran out of memory on this machine'),
  0x03: row('SLOT_ID_INVALID', 'the slot is gone', 'restart'),
  0x05: row('GENERAL_ERROR', 'the module reports a general error'),
  0x06: row('FUNCTION_FAILED', 'the module could not do it'),
  0x07: row('ARGUMENTS_BAD', 'the module does not accept the arguments'),
  0x08: row('NO_EVENT', 'no slot event'),
  0x09: row('NEED_TO_CREATE_THREADS', 'the module must be allowed to create threads'),
  0x0a: row('CANT_LOCK', 'the module cannot be used by several threads'),
  0x10: row('ATTRIBUTE_READ_ONLY', 'an attribute of the key may not be set'),
  0x11: row('ATTRIBUTE_SENSITIVE', 'the key may not be read out', 'never', 'REFUSED'),
  0x12: row('ATTRIBUTE_TYPE_INVALID', 'the token does not know an attribute of the key'),
  0x13: row('ATTRIBUTE_VALUE_INVALID', 'the token does not accept the value of an attribute'),
  0x1b: row('ACTION_PROHIBITED', 'the policy of the token forbids it', 'never', 'REFUSED'),
  0x20: row('DATA_INVALID', 'the data are not acceptable', 'data'),
  0x21: row('DATA_LEN_RANGE', 'the data have an impossible length', 'data'),
  0x30: row('DEVICE_ERROR', 'the device failed', 'restart'),
  0x31: row('DEVICE_MEMORY', 'the device is full'),
  0x32: row('DEVICE_REMOVED', 'the device was removed', 'restart'),
  0x40: row('ENCRYPTED_DATA_INVALID', 'the encrypted value is damaged or of another key', 'data'),
  0x41: row('ENCRYPTED_DATA_LEN_RANGE', 'the encrypted value has an impossible length', 'data'),
  0x50: row('FUNCTION_CANCELED', 'the operation was cancelled'),
  0x51: row('FUNCTION_NOT_PARALLEL', 'the function does not run in parallel'),
  0x54: row('FUNCTION_NOT_SUPPORTED', 'the module does not have the function'),
  0x60: row('KEY_HANDLE_INVALID', 'the handle of the key is no longer valid', 'restart'),
  0x62: row('KEY_SIZE_RANGE', 'the token does not take keys of this size', 'never', 'CONFIG'),
  0x63: row('KEY_TYPE_INCONSISTENT', 'the key is of another type', 'never', 'CONFIG'),
  0x64: row('KEY_NOT_NEEDED', 'a key was given that is not needed'),
  0x65: row('KEY_CHANGED', 'the key changed meanwhile'),
  0x66: row('KEY_NEEDED', 'a key is needed'),
  0x67: row('KEY_INDIGESTIBLE', 'the key cannot be digested'),
  0x68: row('KEY_FUNCTION_NOT_PERMITTED', 'the key may not be used for this', 'never', 'CONFIG'),
  0x69: row('KEY_NOT_WRAPPABLE', 'the key cannot be wrapped'),
  0x6a: row('KEY_UNEXTRACTABLE', 'the key cannot be extracted', 'never', 'REFUSED'),
  0x70: row(
    'MECHANISM_INVALID',
    'the token does not have the mechanism',
    'never',
    'CONFIG',
    'See what it has with pi-manage hsm doctor',
  ),
  0x71: row('MECHANISM_PARAM_INVALID', 'the token does not accept the parameter of the mechanism'),
  0x82: row('OBJECT_HANDLE_INVALID', 'the handle of an object is no longer valid', 'restart'),
  0x90: row('OPERATION_ACTIVE', 'another operation is active in the session', 'restart'),
  0x91: row('OPERATION_NOT_INITIALIZED', 'the operation was lost', 'restart'),
  0xa0: row('PIN_INCORRECT', 'the token refuses the PIN', 'never', 'REFUSED', pinHint),
  0xa1: row('PIN_INVALID', 'the PIN has characters that the token does not take', 'never', 'REFUSED', pinHint),
  0xa2: row('PIN_LEN_RANGE', 'the PIN is too short or too long for the token', 'never', 'REFUSED', pinHint),
  0xa3: row('PIN_EXPIRED', 'the PIN has expired', 'never', 'REFUSED', 'Set a new one with the tool of the vendor'),
  0xa4: row(
    'PIN_LOCKED',
    'the token is locked after too many wrong PINs',
    'never',
    'UNAVAILABLE',
    'The security officer unlocks it, e.g. pkcs11-tool --module … --login --login-type so --init-pin',
  ),
  0xb0: row('SESSION_CLOSED', 'the session was closed', 'restart'),
  0xb1: row('SESSION_COUNT', 'the token allows no further session'),
  0xb3: row('SESSION_HANDLE_INVALID', 'the session was lost', 'restart'),
  0xb4: row('SESSION_PARALLEL_NOT_SUPPORTED', 'the token has no parallel sessions'),
  0xb5: row('SESSION_READ_ONLY', 'the session is read-only', 'never', 'REFUSED'),
  0xb6: row('SESSION_EXISTS', 'a session is open'),
  0xb7: row('SESSION_READ_ONLY_EXISTS', 'a read-only session is open'),
  0xb8: row('SESSION_READ_WRITE_SO_EXISTS', 'a session of the security officer is open'),
  0xc0: row('SIGNATURE_INVALID', 'the signature is wrong', 'data'),
  0xc1: row('SIGNATURE_LEN_RANGE', 'the signature has an impossible length', 'data'),
  0xd0: row('TEMPLATE_INCOMPLETE', 'the token needs more attributes for such a key', 'never', 'REFUSED'),
  0xd1: row('TEMPLATE_INCONSISTENT', 'the token does not allow such a key', 'never', 'REFUSED'),
  0xe0: row('TOKEN_NOT_PRESENT', 'there is no token in the slot', 'restart'),
  0xe1: row('TOKEN_NOT_RECOGNIZED', 'the module does not recognise the token', 'restart'),
  0xe2: row('TOKEN_WRITE_PROTECTED', 'the token is write-protected', 'never', 'REFUSED'),
  0xf0: row('UNWRAPPING_KEY_HANDLE_INVALID', 'the handle of the key is no longer valid', 'restart'),
  0x100: row('USER_ALREADY_LOGGED_IN', 'somebody is logged in already'),
  0x101: row('USER_NOT_LOGGED_IN', 'nobody is logged in', 'login'),
  0x102: row(
    'USER_PIN_NOT_INITIALIZED',
    'the token has no user PIN yet',
    'never',
    'REFUSED',
    'Set one: pkcs11-tool --init-pin',
  ),
  0x103: row('USER_TYPE_INVALID', 'the token does not know this kind of user'),
  0x104: row('USER_ANOTHER_ALREADY_LOGGED_IN', 'another user is logged in'),
  0x105: row('USER_TOO_MANY_TYPES', 'too many users are logged in'),
  0x120: row('RANDOM_SEED_NOT_SUPPORTED', 'the generator takes no seed'),
  0x121: row('RANDOM_NO_RNG', 'the token has no random generator', 'never', 'CONFIG'),
  0x150: row('BUFFER_TOO_SMALL', 'the answer is longer than expected'),
  0x190: row('CRYPTOKI_NOT_INITIALIZED', 'the module is not initialised', 'restart'),
  0x191: row('CRYPTOKI_ALREADY_INITIALIZED', 'the module is initialised already'),
  0x1a0: row('MUTEX_BAD', 'locking failed inside the module'),
  0x1a1: row('MUTEX_NOT_LOCKED', 'locking failed inside the module'),
  0x200: row('FUNCTION_REJECTED', 'the token refused', 'never', 'REFUSED'),
}

/** Numbers that the code asks for by name. */
export const CKR = {
  attributeSensitive: 0x11,
  attributeTypeInvalid: 0x12,
  cryptokiAlreadyInitialized: 0x191,
  generalError: 0x05,
  mechanismInvalid: 0x70,
  pinIncorrect: 0xa0,
  pinLocked: 0xa4,
  tokenNotPresent: 0xe0,
  userAlreadyLoggedIn: 0x100,
} as const

/** The number that pkcs11js put into what it threw; undefined when PKCS#11 is not the origin. */
export function returnCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined
  const {code} = error as Error & {code?: unknown}
  if (typeof code === 'number' && /^CKR_/.test(error.message)) return code
  // Callbacks are told `CKR_NAME:number`.
  const match = /\bCKR_\w+:(\d+)/.exec(error.message)
  return match ? Number(match[1]) : undefined
}

/** What is known of a return code; a vendor's own is `never`. */
export function describeReturnCode(rv: number): ReturnCode {
  return (
    returnCodes[rv] ?? {
      name: rv >= 0x8000_0000 ? `CKR_VENDOR_DEFINED 0x${rv.toString(16)}` : `CKR 0x${rv.toString(16)}`,
      meaning: 'a return code that only the vendor of the module can explain',
      conduct: 'never',
      code: 'UNAVAILABLE',
    }
  )
}

/**
 * Words for whatever was thrown by a call into a module.
 * @param what what was tried, e.g. `Encrypting with the token 'pi'`
 */
export function asPiError(error: unknown, what: string, hints: readonly string[] = []): PiError {
  if (error instanceof PiError) return error
  const rv = returnCodeOf(error)
  if (rv === undefined) {
    return new PiError('UNAVAILABLE', `${what} failed: the PKCS#11 library misbehaves.`, {hints, cause: error})
  }
  const {name, meaning, code, hint} = describeReturnCode(rv)
  return new PiError(code, `${what} failed: ${meaning} (${name}).`, {
    hints: hint ? [hint, ...hints] : hints,
    cause: error,
  })
}
