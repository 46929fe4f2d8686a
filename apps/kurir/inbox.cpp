// SPDX-License-Identifier: Apache-2.0
// kurir inbox: lists received messages, and writes a payload to a file. The command leases and
// acknowledges nothing: only message services do that.
#include "kurir/commands.hpp"

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "kurir/text.hpp"

#include <cstdio>

namespace kurir {

namespace {

int list(AdminClient& admin, const Words& words)
{
    const auto page =
        admin.get("/admin/inbox" + query_of(words, {"participant", "state", "limit", "before"}));
    if (!page) return admin.exit_code();
    if (admin.form() == Form::json) {
        print(*page);
        return ok;
    }
    std::vector<Row> rows;
    for (const auto& item : list_of(*page, "items")) {
        if (!item.is_object()) continue;
        const auto& message = item.get_object();
        rows.push_back(
            {text_of(message, "id"), text_of(message, "state"), text_of(message, "created"),
             text_of(message, "sender"), text_of(message, "recipient"),
             text_of(message, "message_id")}
        );
    }
    print_table(
        {"ID", "STATE", "RECEIVED", "SENDER", "RECIPIENT", "MESSAGEID"}, rows, "The inbox is empty."
    );
    return ok;
}

http::ClientRequest payload_request(std::function<base::Result<>(base::BytesView)> sink)
{
    http::ClientRequest request;
    request.method = "GET";
    request.sink = std::move(sink);
    return request;
}

int fetch_to_terminal(AdminClient& admin, const std::string& path)
{
    const auto sink = [](base::BytesView octets) -> base::Result<> {
        if (std::fwrite(octets.data(), 1, octets.size(), stdout) == octets.size()) return {};
        return base::Error(base::errc::io_failed, "standard output");
    };
    if (!admin.send(payload_request(sink), path)) return admin.exit_code();
    return std::fflush(stdout) == 0 ? ok : failed;
}

// Writes the payload to a new file. The file is removed if the transfer fails.
int fetch_to_file(AdminClient& admin, const std::string& path, const std::string& name)
{
    auto file = base::File::create(name);
    if (!file) {
        std::fprintf(stderr, "kurir: %s\n", file.error().text().c_str());
        return failed;
    }
    const auto sink = [&](base::BytesView octets) { return file->write(octets); };
    if (!admin.send(payload_request(sink), path)) {
        if (auto removed = base::remove_file(name); !removed)
            std::fprintf(stderr, "kurir: %s\n", removed.error().text().c_str());
        return admin.exit_code();
    }
    if (auto kept = file->sync(); !kept) {
        std::fprintf(stderr, "kurir: %s\n", kept.error().text().c_str());
        return failed;
    }
    const auto size = file->size();
    const json::object written{{"file", name}, {"size", size ? *size : 0}};
    if (admin.form() == Form::json)
        print(written);
    else
        std::puts((text_of(written, "size") + " octets in " + name).c_str());
    return ok;
}

// Refuses an option that would have no effect, instead of ignoring it.
int wrong_mix(const char* name, const char* how)
{
    std::fprintf(stderr, "kurir: inbox takes %s only %s --fetch\nSee kurir --help.\n", name, how);
    return usage;
}

} // namespace

int inbox(AdminClient& admin, const Words& words)
{
    const auto id = words.option("--fetch");
    for (const char* name : {"--participant", "--state", "--limit", "--before"})
        if (id && words.option(name)) return wrong_mix(name, "without");
    for (const char* name : {"--part", "--out"})
        if (!id && words.option(name)) return wrong_mix(name, "with");
    if (!id) return list(admin, words);
    const auto path = "/admin/messages/" + base::percent_encode(*id) + "/payloads/" +
                      base::percent_encode(words.option("--part").value_or("0"));
    const auto name = words.option("--out");
    return name ? fetch_to_file(admin, path, *name) : fetch_to_terminal(admin, path);
}

} // namespace kurir
