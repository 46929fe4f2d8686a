// SPDX-License-Identifier: Apache-2.0
// eb:MessageId: a msg-id of RFC 2822 without angle brackets [ebMS 5.2.2.1].
#pragma once

#include <string>
#include <string_view>

namespace ebms {

// "UNIQUE@PARTY.kurir". The party is there for people: its characters that no msg-id may have
// become
// "-", and it is cut. `unique` must be of letters, digits and "-".
std::string make_message_id(std::string_view unique, std::string_view party);

// [RFC 2822 3.6.4] two sides, each of dot-atom-text. Stricter than is_message_id(): for ids that
// are chosen here, not for those of others.
bool is_strict_message_id(std::string_view text);
inline constexpr std::string_view message_id_rule =
    "letters, digits and ! # $ % & ' * + - / = ? ^ _ ` { | } ~, single dots between them, and one "
    "@ "
    "in the middle; at most 255";

} // namespace ebms
