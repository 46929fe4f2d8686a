// SPDX-License-Identifier: Apache-2.0
// Reads what must not be readable by everybody.
#include "kurird/secret_file.hpp"

#include <filesystem>

namespace kurird {

base::Result<crypto::Secret> read_secret(const base::Path& file)
{
    constexpr std::uint64_t file_limit = 64 * 1024;
    auto octets = base::read_file(file, file_limit);
    if (!octets) return octets.error();
    const crypto::Secret whole(std::move(*octets));
    std::error_code failure;
    const auto mode = std::filesystem::status(file, failure).permissions();
    using std::filesystem::perms;
    if (failure || (mode & perms::others_all) != perms::none)
        return base::Error(
            base::errc::bad_format, file.string() + " is open to everybody: chmod o= it"
        );
    return crypto::Secret(base::Bytes(base::trim(whole.view())));
}

} // namespace kurird
