// SPDX-License-Identifier: Apache-2.0
// eb:MessageId is a msg-id of RFC 2822 without angle brackets [ebMS 5.2.2.1].
#pragma once

#include <string>
#include <string_view>

namespace ebms {

// Returns "UNIQUE@PARTY.kurir". PARTY only helps people who read the id. PARTY is `party` in lower
// case, cut to 64 octets. Between letters and digits, a run of other characters becomes one
// character: "." or "_" if the run begins with it, otherwise "-". If `party` has no letter or
// digit, the id is "UNIQUE@kurir". `unique` must consist of letters, digits and "-".
std::string make_message_id(std::string_view unique, std::string_view party);

// [RFC 2822 3.6.4] Requires dot-atom-text on both sides of the "@", and at most 255 octets.
// Stricter than is_message_id(). For ids that are chosen here, not for ids of peers.
bool is_strict_message_id(std::string_view text);
// The rule of is_strict_message_id(), for error messages.
inline constexpr std::string_view message_id_rule =
    "letters, digits and ! # $ % & ' * + - / = ? ^ _ ` { | } ~, single dots between them, and one "
    "@ "
    "in the middle; at most 255";

} // namespace ebms
