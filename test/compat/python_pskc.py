"""The other side of test/compat/pskc.test.ts: python3-pskc writes random files, or reads ours."""
import datetime
import hashlib
import json
import os
import random
import sys
import warnings

warnings.filterwarnings("ignore")
from pskc import PSKC

CIPHERS = {
    "aes128-cbc": 16, "aes192-cbc": 24, "aes256-cbc": 32, "tripledes-cbc": 24,
    "kw-aes128": 16, "kw-aes192": 24, "kw-aes256": 32, "kw-tripledes": 24,
    "camellia128-cbc": 16, "camellia192-cbc": 24, "camellia256-cbc": 32,
    "kw-camellia128": 16, "kw-camellia192": 24, "kw-camellia256": 32,
}
MACS = ["hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-md5"]
if "ripemd160" in hashlib.algorithms_available:
    MACS.append("hmac-ripemd160")
PRFS = ["hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"]


def write(folder, count, seed):
    chance = random.Random(seed)
    facts = []
    for at in range(count):
        pskc = PSKC()
        tokens = []
        for number in range(chance.randint(1, 4)):
            timed = chance.random() < 0.5
            # Key wrap needs whole blocks of eight bytes.
            secret = chance.getrandbits(8 * 64).to_bytes(64, "big")[: 8 * chance.randint(2, 8)]
            token = {"serial": "PY%d-%d" % (at, number), "type": "totp" if timed else "hotp", "secret": secret.hex(),
                     "otplen": chance.choice([6, 7, 8]), "hashlib": chance.choice(["sha1", "sha256", "sha512"])}
            values = {"id": token["serial"], "serial": token["serial"], "manufacturer": "Maker & <Söhne>", "secret": secret,
                      "algorithm": "urn:ietf:params:xml:ns:keyprov:pskc:" + token["type"], "response_length": token["otplen"],
                      "response_encoding": "DECIMAL", "algorithm_suite": "HMAC-" + token["hashlib"].upper()}
            if timed:
                token["timeStep"] = values["time_interval"] = chance.choice([30, 60])
                token["timeDrift"] = values["time_drift"] = chance.randint(-5, 5)
            else:
                token["counter"] = values["counter"] = chance.randint(0, 100000)
            key = pskc.add_key(**values)
            if chance.random() < 0.4:
                token["info"] = {"validity_period_start": "2020-01-02T03:04+0000", "validity_period_end": "2040-01-02T03:04+0000",
                                 "count_auth_success_max": str(chance.randint(1, 1000))}
                key.policy.start_date = datetime.datetime(2020, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)
                key.policy.expiry_date = datetime.datetime(2040, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)
                key.policy.number_of_transactions = int(token["info"]["count_auth_success_max"])
                key.policy.key_usage.append("OTP")
            tokens.append(token)
        fact = {"file": "%d.xml" % at, "tokens": tokens}
        cipher = chance.choice(sorted(CIPHERS))
        kind = chance.choice(["plain", "key", "password"])
        if kind == "key":
            fact["key"] = os.urandom(CIPHERS[cipher]).hex()
            pskc.encryption.setup_preshared_key(algorithm=cipher, key=bytes.fromhex(fact["key"]), key_name="key")
            if "cbc" in cipher:
                pskc.mac.setup(algorithm=chance.choice(MACS))
        if kind == "password":
            fact["password"] = "pässword %d" % at
            pskc.encryption.setup_pbkdf2(fact["password"], iterations=1000, algorithm=cipher, key_length=CIPHERS[cipher],
                                         prf=chance.choice(PRFS))
            if "cbc" in cipher:
                pskc.mac.setup(algorithm=chance.choice(MACS))
        fact["cipher"] = cipher if kind != "plain" else None
        pskc.write(os.path.join(folder, fact["file"]))
        facts.append(fact)
    print(json.dumps(facts))


def read(path, key, password):
    pskc = PSKC(path)
    if key:
        pskc.encryption.key = bytes.fromhex(key)
    if password:
        pskc.encryption.derive_key(password)
    return [{
        "serial": key.serial, "algorithm": key.algorithm, "secret": key.secret.hex(), "counter": key.counter,
        "timeInterval": key.time_interval, "length": key.response_length, "suite": key.algorithm_suite, "checked": key.check(),
        "transactions": key.policy.number_of_transactions, "expiry": str(key.policy.expiry_date),
    } for key in pskc.keys]


if sys.argv[1] == "write":
    write(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
else:
    print(json.dumps([read(*file) for file in json.load(sys.stdin)]))
