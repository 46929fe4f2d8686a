// SPDX-License-Identifier: Apache-2.0
// Writes the text format of Prometheus, version 0.0.4: families with HELP and TYPE, and their
// samples.
#pragma once

#include "msh/counters.hpp"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace api {

class Exposition {
public:
    static constexpr auto content_type = "text/plain; version=0.0.4; charset=utf-8";
    enum class Kind { counter, gauge, histogram };
    using Label = std::pair<std::string_view, std::string_view>;
    using Labels = std::initializer_list<Label>;

    // Begins a family. The samples that follow belong to it. `name` and the names of labels are
    // constants of ours and need no escaping.
    void family(std::string_view name, Kind kind, std::string_view help);
    void sample(Labels labels, std::uint64_t value);
    void sample(Labels labels, double value);
    void sample(Labels labels, std::same_as<bool> auto value)
    {
        sample(labels, std::uint64_t(value));
    }
    // Writes a family with one sample without labels.
    template <class Value>
    void single(std::string_view name, Kind kind, std::string_view help, Value value)
    {
        family(name, kind, help);
        sample({}, value);
    }
    void histogram(std::string_view name, std::string_view help, const msh::Durations& durations);

    std::string take() { return std::move(text_); }

private:
    void line(std::string_view suffix, Labels labels, std::string_view value);

    std::string text_;
    std::string name_; // of the current family
};

// Converts a duration to seconds, the time unit of all metrics.
double seconds(base::Duration time);

} // namespace api
