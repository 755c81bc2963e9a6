declare module 'unix-crypt-td-js' {
  /** DES-based crypt(3). @param secret text, or bytes @param salt two characters of `./0-9A-Za-z` */
  export default function crypt(secret: string | readonly number[], salt: string): string
}
