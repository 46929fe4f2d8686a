// SPDX-License-Identifier: Apache-2.0
// The catalogue of problems, and what each library's error becomes at a door.
#include "api/problem.hpp"

#include "as4/errc.hpp"
#include "base/errors.hpp"
#include "base/file.hpp"
#include "crypto/errc.hpp"
#include "envelope/errc.hpp"
#include "msh/errc.hpp"
#include "pmode/errc.hpp"
#include "queue/errc.hpp"
#include "xml/errc.hpp"

#include <boost/json/parse.hpp>

#include <catch2/catch.hpp>

#include <set>

namespace {

boost::json::object body_of(const http::Response& response)
{
    return boost::json::parse(response.body).as_object();
}

} // namespace

TEST_CASE("every library's error becomes the problem its caller can act on", "[api]")
{
    struct Case {
        base::Error error;
        api::errc code;
        int status;
        api::Fault fault;
    };
    using api::Fault;
    const auto [error, code, status, fault] = GENERATE(values<Case>({
        {xml::errc::not_well_formed, api::errc::not_well_formed, 400, Fault::caller},
        {xml::errc::unsupported_encoding, api::errc::unsupported_encoding, 422, Fault::caller},
        {xml::errc::wrong_encoding, api::errc::wrong_encoding, 400, Fault::caller},
        {xml::errc::doctype, api::errc::doctype, 400, Fault::caller},
        {xml::errc::limit, api::errc::too_large, 413, Fault::caller},
        {envelope::errc::not_xhe, api::errc::not_xhe, 422, Fault::caller},
        {envelope::errc::incomplete, api::errc::incomplete_document, 422, Fault::caller},
        {envelope::errc::wrong_value, api::errc::wrong_value, 422, Fault::caller},
        {pmode::errc::unknown_peer, api::errc::no_route, 422, Fault::caller},
        {pmode::errc::no_match, api::errc::not_agreed, 422, Fault::caller},
        {pmode::errc::invalid, api::errc::configuration, 500, Fault::kurir},
        {pmode::errc::untyped_party, api::errc::configuration, 500, Fault::kurir},
        {msh::errc::not_your_participant, api::errc::not_your_participant, 403, Fault::caller},
        {msh::errc::sender_not_served, api::errc::sender_not_served, 422, Fault::caller},
        {msh::errc::busy, api::errc::busy, 503, Fault::kurir},
        {msh::errc::stopping, api::errc::stopping, 503, Fault::kurir},
        {msh::errc::disk_short, api::errc::disk_full, 503, Fault::kurir},
        {msh::errc::queue_full, api::errc::queue_full, 503, Fault::kurir},
        {msh::errc::clock_in_doubt, api::errc::clock_in_doubt, 503, Fault::kurir},
        {msh::errc::certificate_invalid, api::errc::certificate_invalid, 503, Fault::kurir},
        {msh::errc::drained, api::errc::drained, 503, Fault::kurir},
        {queue::errc::not_found, api::errc::not_found, 404, Fault::caller},
        {queue::errc::gone, api::errc::payload_gone, 410, Fault::caller},
        {queue::errc::conflict, api::errc::conflict, 409, Fault::caller},
        {queue::errc::wrong_state, api::errc::wrong_state, 409, Fault::caller},
        {queue::errc::stopped, api::errc::stopping, 503, Fault::kurir},
        {msh::errc::log_long, api::errc::log_full, 503, Fault::kurir},
        {msh::errc::store_locked, api::errc::store_locked, 503, Fault::kurir},
        {queue::errc::locked, api::errc::store_locked, 503, Fault::kurir},
        {queue::errc::unavailable, api::errc::store_unavailable, 503, Fault::kurir},
        {queue::errc::payload_lost, api::errc::payload_lost, 500, Fault::kurir},
        {base::errc::not_permitted, api::errc::store_unavailable, 503, Fault::kurir},
        {base::errc::no_resources, api::errc::store_unavailable, 503, Fault::kurir},
        {base::errc::changed, api::errc::payload_lost, 500, Fault::kurir},
        {queue::errc::failed, api::errc::store_failed, 503, Fault::kurir},
        {base::errc::disk_full, api::errc::disk_full, 503, Fault::kurir},
        {base::errc::sync_failed, api::errc::store_failed, 503, Fault::kurir},
        {base::errc::not_found, api::errc::internal, 500, Fault::kurir},
        {http::errc::too_large, api::errc::too_large, 413, Fault::caller},
        {http::errc::timeout_before, api::errc::request_timeout, 408, Fault::caller},
        {http::errc::closed, api::errc::request_broken, 400, Fault::caller},
        {http::errc::cannot_connect, api::errc::peer_unreachable, 502, Fault::network},
        {as4::errc::decompression, api::errc::internal, 500, Fault::kurir},
        {as4::errc::receipt_signature, api::errc::peer_answer, 502, Fault::peer},
        {crypto::errc::failed, api::errc::internal, 500, Fault::kurir},
        {api::errc::unauthorized, api::errc::unauthorized, 401, Fault::caller},
        {api::errc::scope_missing, api::errc::scope_missing, 403, Fault::caller},
        {base::Error(boost::system::error_code(5, boost::system::system_category())),
         api::errc::internal, 500, Fault::kurir},
    }));
    CAPTURE(error.text());
    CHECK(api::code_of(error) == code);
    CHECK(api::problem(code).status == status);
    CHECK(api::problem(code).fault == fault);
}

TEST_CASE("the catalogue is complete, each code its own, and the contract names each", "[api]")
{
    const auto contract =
        base::read_file(base::Path(KURIR_SOURCE_DIR) / "schemas/openapi.yaml", 1 << 20).value();
    std::set<std::string_view> codes;
    for (int value = 1; value <= static_cast<int>(api::last_errc); ++value) {
        const auto entry = api::problem(static_cast<api::errc>(value));
        CAPTURE(entry.code);
        CHECK(codes.insert(entry.code).second);
        CHECK(entry.status >= 400);
        CHECK_FALSE(entry.title.empty());
        CHECK_FALSE(entry.action.empty());
        CHECK((entry.status != 503 || entry.retry_after > 0));
        CHECK(contract.find("- " + std::string(entry.code) + "\n") != std::string::npos);
        CHECK(
            body_of(api::explain(entry.code)).at("code") ==
            boost::json::value(boost::json::string(entry.code))
        );
    }
    CHECK(api::explain("nothing_such").status == 404);
}

TEST_CASE("a problem has the members of RFC 9457 and ours", "[api][RFC 9457 3]")
{
    const auto response = api::problem_response(api::errc::busy);
    CHECK(response.status == 503);
    CHECK(response.headers.get("Content-Type") == "application/problem+json");
    CHECK(response.headers.get("Retry-After") == "2");
    const auto body = body_of(response);
    for (const char* member :
         {"type", "title", "status", "code", "detail", "retryable", "fault", "action"})
        CHECK(body.contains(member));
    CHECK(body.at("type").as_string() == "/v1/errors/busy");
    CHECK(body.at("status").as_int64() == 503);
    CHECK(body.at("retryable").as_bool());
    CHECK_FALSE(api::problem_response(api::errc::conflict).headers.get("Retry-After"));
    CHECK_FALSE(body_of(api::problem_response(api::errc::conflict)).at("retryable").as_bool());
}

TEST_CASE("a caller without credentials is told which to use", "[api][RFC 9110 11.6.1]")
{
    CHECK(
        api::problem_response(api::errc::unauthorized).headers.get("WWW-Authenticate") == "Bearer"
    );
}

TEST_CASE("a caller reads the detail of its own mistakes, and nothing of our inside", "[api]")
{
    const base::Error mistake(envelope::errc::incomplete, "BusinessScopeCriterion PROCESSID");
    CHECK(
        body_of(api::problem_response(mistake)).at("detail").as_string() ==
        "BusinessScopeCriterion PROCESSID"
    );
    const base::Error inside(base::errc::io_failed, "/var/lib/kurir/payloads/1");
    CHECK(api::problem_response(inside).body.find("/var/lib") == std::string::npos);
}
