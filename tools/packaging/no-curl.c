// SPDX-License-Identifier: Apache-2.0
//
// What a static FoundationNetworking asks of libcurl, for a program that opens no connection.
//
// The web server that the playground runs on can also be a proxy, which malmoi never asks of it; that part
// brings URLSession and so libcurl, with a dozen libraries behind it. Each function ends the process, so
// that a caller there should be none of is not overlooked.

#include <stdlib.h>

#define ABSENT(name) \
  void name(void) { abort(); }

ABSENT(curl_easy_cleanup)
ABSENT(curl_easy_getinfo)
ABSENT(curl_easy_init)
ABSENT(curl_easy_pause)
ABSENT(curl_easy_setopt)
ABSENT(curl_easy_strerror)
ABSENT(curl_free)
ABSENT(curl_global_init)
ABSENT(curl_multi_add_handle)
ABSENT(curl_multi_assign)
ABSENT(curl_multi_cleanup)
ABSENT(curl_multi_info_read)
ABSENT(curl_multi_init)
ABSENT(curl_multi_remove_handle)
ABSENT(curl_multi_setopt)
ABSENT(curl_multi_socket_action)
ABSENT(curl_slist_append)
ABSENT(curl_slist_free_all)
ABSENT(curl_url)
ABSENT(curl_url_get)
ABSENT(curl_url_set)
ABSENT(curl_version)
ABSENT(curl_version_info)
