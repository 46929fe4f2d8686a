// SPDX-License-Identifier: Apache-2.0
// deploy/kurir.toml is the manual: it names every key the reader knows, and the defaults it states
// are those.
#include "kurird/config.hpp"

#include <catch2/catch.hpp>

#include <regex>
#include <sstream>

namespace {

// "# key = value" lines become keys; other comments stay.
std::string with_defaults_set(const std::string& text)
{
    static const std::regex commented(R"(^# ([a-z0-9_]+ = .*)$)");
    std::istringstream lines(text);
    std::string line;
    std::string all;
    while (std::getline(lines, line)) {
        std::smatch found;
        all += (std::regex_match(line, found, commented) ? found[1].str() : line) + "\n";
    }
    return all;
}

} // namespace

TEST_CASE("the sample configuration names every key, and its defaults are the reader's", "[kurird]")
{
    const auto file = base::Path(KURIR_SOURCE_DIR) / "deploy/kurir.toml";
    const auto text = base::read_file(file, 1 << 20).value();

    std::vector<kurird::KeyRead> as_written;
    REQUIRE(kurird::parse(text, file, &as_written));
    std::vector<kurird::KeyRead> as_documented;
    REQUIRE(kurird::parse(with_defaults_set(text), file, &as_documented));

    REQUIRE(as_written.size() == as_documented.size());
    CHECK(as_written.size() > 60);
    for (std::size_t i = 0; i < as_written.size(); ++i) {
        CAPTURE(as_documented[i].name);
        CHECK(as_documented[i].given); // every key is named
        if (!as_written[i].given) CHECK(as_documented[i].value == as_documented[i].default_value);
    }
}
