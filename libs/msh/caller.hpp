// SPDX-License-Identifier: Apache-2.0
// The program or person that calls the message service handler, and its rights.
#pragma once

#include "queue/visibility.hpp"

#include <array>
#include <bitset>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace msh {

// An action that a caller may perform on the messages it may see.
enum class Scope {
    submit, // hand messages in
    fetch,  // lease inbox items, read their payloads and acknowledge them
    read,   // list and show messages, with their receipts and payloads
    operate // pause, resume, drain and flush peers, ping them, make backups
};
inline constexpr std::array all_scopes{Scope::submit, Scope::fetch, Scope::read, Scope::operate};
std::string_view to_text(Scope scope);
std::optional<Scope> scope_from_text(std::string_view text);

// A set of scopes. The default is the empty set.
class Scopes {
public:
    Scopes() = default;
    Scopes(std::initializer_list<Scope> scopes)
    {
        for (const auto scope : scopes)
            add(scope);
    }
    static Scopes all() { return {Scope::submit, Scope::fetch, Scope::read, Scope::operate}; }
    // The scopes of a message service, unless its [[client]] table says otherwise.
    static Scopes of_message_service() { return {Scope::submit, Scope::fetch, Scope::read}; }

    void add(Scope scope) { bits_.set(static_cast<std::size_t>(scope)); }
    void remove(Scope scope) { bits_.reset(static_cast<std::size_t>(scope)); }
    bool has(Scope scope) const { return bits_.test(static_cast<std::size_t>(scope)); }
    bool empty() const { return bits_.none(); }

private:
    std::bitset<all_scopes.size()> bits_;
};

// The doors check the scopes before they call Msh. Msh itself checks the visibility alone.
struct Caller {
    std::string name; // for the log
    queue::Visibility visibility;
    Scopes scopes;
};

} // namespace msh
