// SPDX-License-Identifier: Apache-2.0
// The messages that a caller may see. There is no default: each caller must choose.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace queue {

class Visibility {
public:
    // Every message. For the operator and for tools that read the whole store.
    static Visibility all() { return Visibility(true, {}); }
    // The messages of these participants: outbound messages by their sender, inbound messages by
    // their recipient. Without participants: no message.
    static Visibility of(std::vector<std::string> participants)
    {
        return Visibility(false, std::move(participants));
    }

    bool is_all() const { return all_; }
    bool includes(std::string_view participant) const;
    // Empty if is_all().
    const std::vector<std::string>& participants() const { return participants_; }

private:
    Visibility(bool all, std::vector<std::string> participants)
        : all_(all), participants_(std::move(participants))
    {
    }
    bool all_;
    std::vector<std::string> participants_;
};

} // namespace queue
