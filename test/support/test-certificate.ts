/**
 * A certificate for localhost, registry.test and 127.0.0.1 that is its own authority, and its key. They prove nothing and
 * protect nothing: they are for tests of TLS on this machine.
 */
export const testCertificate = `
-----BEGIN CERTIFICATE-----
MIIBfjCCASSgAwIBAgIBATAKBggqhkjOPQQDAjAYMRYwFAYDVQQDDA1wb2x5YXJj
aCB0ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAYMRYwFAYD
VQQDDA1wb2x5YXJjaCB0ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEknQc
BSeQlUDPDyMEEya6kFSoZLR2UjUkzYuDnFavx5b8KqSD7RRdsoX6nWpgzPfvJhtx
33GjIFBGSSG/iVm1dKNdMFswDwYDVR0TAQH/BAUwAwEB/zApBgNVHREEIjAgggls
b2NhbGhvc3SCDXJlZ2lzdHJ5LnRlc3SHBH8AAAEwHQYDVR0OBBYEFORvPiqCDk2I
BT2IoThBmxTU4F3FMAoGCCqGSM49BAMCA0gAMEUCIQCREYT2Af0IFmiCKVsisj/o
ac6DTWurTYHMEBkc5tmntwIgd+/hMVzyUMeptHlS7MZT52ZQPTTNi89hF/CAkCgn
3LI=
-----END CERTIFICATE-----
`.trimStart();

export const testKey = `
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIFbd8EeRpCPhwIKz
e3X/FlD1Gf3XVX8Jm9xZi9Dme6OhRANCAASSdBwFJ5CVQM8PIwQTJrqQVKhktHZS
NSTNi4OcVq/HlvwqpIPtFF2yhfqdamDM9+8mG3HfcaMgUEZJIb+JWbV0
-----END PRIVATE KEY-----
`.trimStart();
