// SPDX-License-Identifier: Apache-2.0
// OpenSSL 3 calls its digests' own functions deprecated, for the sake of ciphers that providers replace.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
