import { noise, prose } from './streams.ts';

/** A stream that the format's own program wrote. */
export interface CompressedSample {
  readonly plain: Buffer;
  readonly compressed: Buffer;
  /** A byte of the content: when it differs, the checksum does. */
  readonly inner: number;
}

const plain = Buffer.concat([prose(3000), noise(200)]);

function sample(inner: number, ...base64: readonly string[]): CompressedSample {
  return { plain, inner, compressed: Buffer.from(base64.join(''), 'base64') };
}

/** The same content by gzip 1.12, bzip2 1.0.8, xz 5.4 and zstd 1.5.4, so that they are read where none is installed. */
export const samples = {
  gzip: sample(
    300,
    'H4sIAAAAAAACA31WXUhUQRQO24ymIhB7yIdYCYmgoJ4k0giCCBTBsmh7MK7trq7urn8LZf8+BAWRQooESpEgWGFEFkGR9pA9ZPWQaA9FPQW9',
    'iCQisVLt3Jk5c86Zu6Fe750558z5+c53RoSjicZYZ8b8E+FEymuMhdu8jky4NW6XvXQ0nEhHY2flaqYpFk556URc7iW9rliHVlNPtiVVrSkl',
    'kvvO/bYlvUy8tSOlF6Wg/BO5H3mEOk+++e74DyUpjDU4Sn+DRV8YxJQl2FThcBXrRM41e7YbH1kxOVEvNo2gLw3aM7CUddY6JsABZB55i17t',
    'nkqa+iYn8PTAN7zA0RQH6DSaUrlis6KespIq3a5ZnDdizYboPyFxyIgvb4uuIjMpUhDJWcGeOHUmoGO41PoASGkVROSmjzxji+zwrCk4Yx9M',
    'iX33teO4QOQwLCw3lCEXHnpdioEuQI9bgw1hy0TSYXqcgNrXUO8uWJAewSAICAwcv4VNcqG+BixuYin0sD+mGISNNCc5zudBNPJdBG6pZ1B1',
    'WfcG5ojoMQXLXjxW7L0tvOE/0ghANAzFIqBORJHG6rIu51pWbeyiG6C2SvRIKsBtPTZw/7NIELpZwQlFMP/4Kmksp6XdtrTB0wqxiAViPZhI',
    'OiZbOScQjiAMWkuW1huXzKCNXY4hpwVBzqwBkQqoOZN3h5wriICAi0ePQm3Ge9+x6HihlSndGRJz+1jmPu9NQFEEB6odRIICI+hCwEaRHhEI',
    '8jgNlOQtUPJ1jjPICe85DUUW3DFr4BhI5+TixHmVTDA+oaCEGGruTQSNmjyw8L+IOpi2rugEc9zYNw7yABaCXsGIZnr86grhchQHTvn/dA6m',
    'UkvqgsMGV0jAf1QrfCthXKEhVVHfPb6hfupmaPhAcmC2Ivvl6Ni18pKi2tKn/d7Byfldx7Knb5z58/3Z0u/tpx7tuLRz4FtdaHHfTGHD+hOl',
    'H5vKBt/NF6z9+z4TfbD84mJz2Y+Je33XN7b0/jo+dejnQjp9cs3oRPvlucOrIqPFVeX731wZupU9V73y/G7n7a0Lnwr29IR6ujLtobHFl90f',
    'IsPL1W/7+7YV9s4Wi6W9R6paJ+sqSx4/vHqhYfWTzV9HBs+PV45FGoZeT69M13zeMrKuaPermvtzzTPxO5sGav8Bb1iOqIAMAAA=',
  ),
  bzip2: sample(
    300,
    'QlpoOTFBWSZTWa1fJVcAAA3//9++ljFqpmCvSU0/cb///P/iZc6m2T2vTeOPjcbBIVqt0AMsAL3hEwRJGkBkGgBo0yBo0GjIaNADQyBkDQ00',
    'AYIGmRp6g0yeo8pmp5TTymn6ogZMEYAg0wEaYI0DExGTARhGmJhDATIaMQ0YmCMJgBMADVPwiVUADBGmhiYmTTEBoaAMmhgTBMQBkNMEwjCA',
    'ZAwIDICTVVQGRoNGjRo0AMjTTEANAANAaZNGRoAxDBGgwRk0AADQCKpTKMh6mJhNNMjCMQ00yYAjRgINBkDEYIMJowTIwhgCaZDAmW55bV69',
    'cM2vutUwloCE0IAQACxTFfQK5f8dMY1k0hbjt45201wSSBCdkKlsgQqNsx1cdWbRs5WixaUpqwxZcGzINR4piGjKq5bCyItNLGFgHCKlPEFX',
    'TLsNHFtFOjTwGLaglOpAXlV4qEQIFYghISjLF0xHA22kcpaCvGAoMAuCSN0JYVkXQundXZxIpLguBNO6JZulWEqLDRvDQdEm5LOKuqyuQYNF',
    'i7gaSLsKyKiFHAQibOMJkxsk3MGywRRCaciuBZYaUigWSq7ycSeHYMVXh05h3ceVGVAoghLLqqhOJGJKyUsUKOAk1YrFNpWUjlAyheICxWE0',
    'EncDu7qGmmmJIIUJk5AqzRgOtdLu47nBXv3CKPFZMbWxivC5l1sJc8r5jVTr6QMdpaEk+xw7nxejNplRrVEgRTEAD5og5Frg78RQGMJJNztr',
    'yAioiIgsWKwRQVWKqMYKIkRVVSLspAmUm8QUYMUVRFEVSKKCCijBFGKRURVioijDfgSX8Al9CQzMAnN6yowhV/0MRIiKRYqxFUcqfuZNAYYI',
    '4FggPKVGEinIiKJCAWBFN+GgMegNTFICRuzZKDIoDGABFKI6P1DlsBBARSKAsFRIopFiiikFBRRUYoKsUFiiqKQU/GXgEoSAIK2RQAACESAC',
    'AW8slep0N8gUfLv3XpmxYN5IMZmnfcTCjroUczou0GKttH/E3fKbIQy6EyJ4zJclGdwPy/D9yzWBpzSY2VJDqFbk4qbBmo2jc9QNlN/oY0VT',
    'BuYMofrOH1rihj/xdyRThQkK1fJVcA==',
  ),
  xz: sample(
    300,
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Ax/AwldAAUIzvdCIjCC5obcufsWdV61bldjFZG7K/bLrm56NEAWLcXxHxLCipQggqhqkEfcvdsT',
    'SSY33XHtL6oZzbIcKtadR/y+jw4cHnbvPXTPvVOJeHO9pS3oYwngWM50I/J0zKVeQmpnU9cFhz0qlZa7L/9Mk17Y0TZ+OGJJBCcJPr75629h',
    'x4eneFCuhscwrL8+fGRRCATZUQtMkyKg6XWfC2gYyi9qrt3Pa9dpyk6tMPij2m/yX6GiJVgiz8lPud4h5NtRb4XYRjDgMW4A33vsp+pT01xJ',
    'DtIMVuZFRT3NYPcxQvMWrADnl/i5JsSASyomFQ2z0XptAbUzmIao8x6zyrxtfhs8lHwFBd4aZhhZZBxYhj0O9qhmDpPZFckoIg4RfmR0Uv9q',
    '7+M/3weFu8kmMxcRTbNuyd9qYKczMaHlf426/MnFT4EtbW27Pz1HkXvR3QsaluVlpeq6DjT0HqN3Mv6ZOtmogJ0KsbhLwxpUDUovu0OkYiF9',
    'zix7Fd1WXBvYvzlgOEpPlRcS8E7jrUYUEc/XJJXfGv29JvzI7U+gjXio+16PzOwEm6ag25EBA3gI4FspOtfUhVW6giBq66gNHGFA7W2zf4OX',
    'YYlugq120N4kr8qdwyWmc+bfBToz4jiikwjy9hotE8ec3JkiVjDuYODo2JY9PRMHbztV0q02JS+tf9HEmuH5afTVBz0bJMjWb6p4ZbVBOPwf',
    'ptuFz90j+jB+xYtSfblhpoWiRzpKypaDNQtLxM9Bhe1eTT4OJ4x1CJNn4WbLb2p+tenFZA7OgDvfkqqMNa5UFafYuxzO6+ZgmwDYpE8iZDRg',
    'UK/wD8uMDTQ1aLI05G66qDZr5xAIGFweKv9kPH83CMm1zlVOV0sJDN2XpMQVcQOmf2gBAgVOVe2FlLHPG9wEPlHtISafK7TPFU8PSImU2OqV',
    'Ctqx7KYp7htOUxXH4zPinh9BkqlOqMzljuqTMiXmnA2G29l9CeykyxBPRKqrvtsaDSkxyqLof76r8h99SdKjBYRQ41t768Ml1IThRRYPAAAA',
    'AAAwUQD+QypaagABpQaAGQAA5I9q+7HEZ/sCAAAAAARZWg==',
  ),
  zstd: sample(
    300,
    'KLUv/QRo5RcAdBEKIGRpZ2VzdAogaW1hZ2UgcGFydCBvZmFuZCBpbmRleHRoZSBtYW5pZmxheWVyb2ZwbGF0Zm9ybQogCnRob2YKb2ZvZm9m',
    'b2YKCgoKb2YKPF6BtAxexo4Eo0Bsl9Y8+9xTrog3GhJRIbWVYUPA7i1V+2OMd/7gtvX5J1+vKX4sl99UBPM71AZiC1ghz2glnMvuAgf/zXRk',
    'q/e7fWol5r+ilIkNa5DyVsZG6fBubloFqb9xf9dIAFmpFEs3PsWAnZP7ekz8uKBzmR7w0wIxjwSPeXRxBK7zvIHOWaP3TMeVlCMGkNYUCvU5',
    'UktvwFQ9GrGshXxiA7MV3aace7Q9rllincHM/MxO2BmmCRIwvk6q12rUZp8Pl1GBAKigJYVKuwEQEEKUUlXlARFghJghljBISlKaDHM1eIBK',
    'N+adNgPNW8qdEKuaXZ0S1NNf+nIyVx53/uSGq91evieylLFdWB+843BeRyhHpobzbm7JdLQHGFjqoNhpq508iShdkZR38OqjUv9BYb5mzygL',
    'Ez1NoW/PNVHiqHwpkHAIfh9QJPOv2gbkKeLOib4zUkA1YVTV/6van9sDyzI4GI7uzjvR4i+mpiPCzgehMya8XBIl4gkaF7RIjpn06quj0nHy',
    '2axbSyUAmebb+s/1t+Qz3IQpej3c3TRjMvJdoAB+46xBtpm88bq3lrwmbxPHV8UhINmAzYgZaPFLgoa3H8yS4jbCiTz4tXDt+EZX+g58dsBc',
    '8SOpIDkT1I+DqwTDY0Ktj4qErujzQbl9wIi5XSAek/PO16ha5mHE/Zj2b+VtSQRg5qyALlgkXVQn/AgH37jlzLo/Yn4DB8Y7E5SQYeWmRCPX',
    'i9uImPgmQtdCfP0ESJNHLZ4SNTu6Vn7lNMRlMAG3msTaAqS/omfEIqzY9uK/n2w7hhHJIqRzfN8l1FlQ5VCaEaLYghQ7duLfA8I/LTUJsKaC',
    'gkOsKodCt0bnNazwhASYmcKk+Ju9gQq3hzmcwZvtpeKWNpIvZHZSC0/a3A6Ki0IO',
  ),
} as const satisfies Record<string, CompressedSample>;
