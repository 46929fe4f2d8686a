// SPDX-License-Identifier: Apache-2.0
// kurir backup: asks kurird for a backup and waits until the backup has ended.
#include "kurir/commands.hpp"

#include "kurir/text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

namespace kurir {

namespace {

constexpr std::chrono::milliseconds first_look(50);
constexpr std::chrono::milliseconds max_wait(2000);

void tell(const json::object& backup)
{
    const auto files = text_of(backup, "payload_files");
    const bool linked = text_of(backup, "linked") == "true";
    const auto* how = files == "0" ? "" : linked ? ", linked: on the store's disk" : ", copied";
    print_fields({
        {"Backup", text_of(backup, "folder")},
        {"Begun", text_of(backup, "started")},
        {"Ended", text_of(backup, "ended")},
        {"Messages", text_of(backup, "messages")},
        {"Payload files", files + ", " + text_of(backup, "payload_octets") + " octets" + how},
        {"Database", text_of(backup, "database_octets") + " octets"},
    });
    std::puts(
        "\nConfiguration, keys and certificates are not in it: keep them elsewhere, protected."
    );
    // Without payload files, it is unknown whether the backup is on the store's disk.
    if (linked)
        std::puts(
            "If it is on the store's disk, copy it to another: one that fails takes store and "
            "backup with it."
        );
}

} // namespace

int backup(AdminClient& admin, const Words& words)
{
    http::ClientRequest request;
    request.headers.set("Content-Type", "application/json");
    auto folder = std::filesystem::absolute(words.arguments.front()).lexically_normal();
    // The daemon refuses a path with a slash at its end, so "backup/" becomes "backup".
    if (!folder.has_filename()) folder = folder.parent_path();
    const json::object body{{"folder", folder.string()}};
    request.body = json::serialize(body);
    if (!admin.send(std::move(request), "/admin/backup")) return admin.exit_code();

    auto wait = first_look;
    while (true) {
        const auto backup = admin.get("/admin/backup");
        if (!backup) return admin.exit_code();
        const auto stage = text_of(*backup, "stage");
        if (stage == "running") {
            std::this_thread::sleep_for(wait);
            wait = std::min(wait * 2, max_wait);
            continue;
        }
        const bool done = stage == "done" && text_of(*backup, "folder") == folder.string();
        if (admin.form() == Form::json)
            print(*backup);
        else if (done)
            tell(*backup);
        else
            std::fprintf(stderr, "kurir: no backup: %s\n", text_of(*backup, "error").c_str());
        return done ? ok : failed;
    }
}

} // namespace kurir
