// SPDX-License-Identifier: Apache-2.0
#include "msh/caller.hpp"

namespace msh {

std::string_view to_text(Scope scope)
{
    switch (scope) {
    case Scope::submit:
        return "submit";
    case Scope::fetch:
        return "fetch";
    case Scope::read:
        return "read";
    case Scope::operate:
        return "operate";
    }
    return {};
}

std::optional<Scope> scope_from_text(std::string_view text)
{
    for (const auto scope : all_scopes)
        if (to_text(scope) == text) return scope;
    return std::nullopt;
}

} // namespace msh
