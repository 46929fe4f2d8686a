// SPDX-License-Identifier: Apache-2.0
// The operator's backup. One request begins it, and others ask for its progress, because a backup
// may take hours.
#include "api/handlers.hpp"
#include "api/json.hpp"
#include "base/units.hpp"

namespace api {

namespace {

constexpr const char* folder_rule =
    "folder: must be a path that begins with / and does not end so, on the service's machine";

bool is_folder(std::string_view path)
{
    return path.starts_with('/') && !path.ends_with('/');
}

std::string_view to_text(msh::Backup::Stage stage)
{
    switch (stage) {
    case msh::Backup::Stage::none:
        return "none";
    case msh::Backup::Stage::running:
        return "running";
    case msh::Backup::Stage::done:
        return "done";
    case msh::Backup::Stage::failed:
        return "failed";
    }
    return "none";
}

json::object to_json(const msh::Backup& backup)
{
    json::object object{{"stage", to_text(backup.stage)}};
    if (backup.stage == msh::Backup::Stage::none) return object;
    object["folder"] = backup.folder.string();
    object["started"] = base::to_text(backup.started);
    object["octets"] = backup.octets;
    object["of"] = backup.of;
    object["ended"] = nullptr;
    if (backup.ended) object["ended"] = base::to_text(*backup.ended);
    if (backup.stage == msh::Backup::Stage::failed) object["error"] = backup.error.text();
    if (backup.stage == msh::Backup::Stage::done) {
        object["messages"] = backup.made.messages;
        object["payload_files"] = backup.made.payloads;
        object["payload_octets"] = backup.made.payload_octets;
        object["database_octets"] = backup.made.database_octets;
        object["linked"] = backup.made.linked;
    }
    return object;
}

} // namespace

asio::awaitable<http::Response> begin_backup(Call& call)
{
    const auto body = co_await read_object(call.request);
    if (!body) co_return problem_response(body.error());
    if (const auto known = only(*body, {"folder"}); !known)
        co_return problem_response(known.error());
    const auto* folder = body->if_contains("folder");
    if (!folder || !folder->is_string() || !is_folder(folder->get_string()))
        co_return problem_response(errc::bad_request, folder_rule);
    const auto begun = call.msh.begin_backup(std::string(folder->get_string()));
    if (!begun) co_return problem_response(begun.error());
    co_return json_response(202, to_json(call.msh.backup()));
}

asio::awaitable<http::Response> show_backup(Call& call)
{
    co_return json_response(200, to_json(call.msh.backup()));
}

} // namespace api
