// SPDX-License-Identifier: Apache-2.0
// What we write is valid by the published schema, judged by xmllint and not by ourselves.
#include "ebms/samples.hpp"
#include "support/shared_data.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>

#include <unistd.h>

namespace {

class SchemaCheck {
public:
    explicit SchemaCheck(const base::Path& schema)
        : schema_(schema), file_(
                               std::filesystem::temp_directory_path() /
                               ("kurir-ebms-" + std::to_string(getpid()) + ".xml")
                           )
    {
    }
    ~SchemaCheck()
    {
        std::error_code ignored;
        std::filesystem::remove(file_, ignored);
    }
    bool valid(const base::Bytes& octets) const
    {
        std::ofstream(file_, std::ios::binary) << octets;
        const std::string command = "xmllint --nonet --noout --schema '" + schema_.string() +
                                    "' '" + file_.string() + "' >/dev/null 2>&1";
        return std::system(command.c_str()) == 0;
    }

private:
    base::Path schema_;
    base::Path file_;
};

} // namespace

TEST_CASE("what we write is valid by ebms-header-3_0-200704.xsd", "[ebms][data]")
{
    const auto shared =
        support::shared_data("what we write is valid by ebms-header-3_0-200704.xsd");
    if (!shared) return;
    if (std::system("command -v xmllint >/dev/null") != 0) {
        std::fprintf(
            stderr,
            "SKIPPED (no xmllint, package libxml2-utils): schema validity of what we write\n"
        );
        return;
    }
    const SchemaCheck check(*shared / "data/as4/xsd/oxalis-set/ebxml/ebms-header-3_0-200704.xsd");

    ebms::UserMessage message = sample_message();
    CHECK(check.valid(ebms::write(message, "_m")));
    message.mpc.clear();
    message.info.ref_to_message_id.clear();
    message.agreement.reset();
    message.conversation_id.clear();
    message.properties.clear();
    message.parts.clear();
    CHECK(check.valid(ebms::write(message, "_m")));
    message.action.clear();
    message.from.role.clear();
    CHECK_FALSE(check.valid(ebms::write(message, "_m"))); // the judge can say no

    const ebms::MessageInfo info{base::Time(), "r1@x", "m1@x"};
    CHECK(check.valid(ebms::write_receipt(
        info, {"<ds:Reference xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"></ds:Reference>"},
        "_r"
    )));
    ebms::ErrorSignal errors{info, {}};
    errors.errors.push_back(
        {"EBMS:0101", "failure", "Processing", "security", "FailedAuthentication", "m1@x", "text",
         "detail"}
    );
    errors.errors.push_back({"EBMS:0004", "warning", "", "", "", "", "", ""});
    CHECK(check.valid(ebms::write(errors, "_e")));
}
