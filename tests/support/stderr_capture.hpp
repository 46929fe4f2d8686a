// SPDX-License-Identifier: Apache-2.0
// What the log wrote while this object lived.
#pragma once

#include "base/file.hpp"
#include "support/temporary_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace support {

class StderrCapture {
public:
    StderrCapture() : kept_(::dup(STDERR_FILENO))
    {
        const int file = ::open(path().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(file, STDERR_FILENO);
        ::close(file);
    }
    ~StderrCapture()
    {
        ::dup2(kept_, STDERR_FILENO);
        ::close(kept_);
    }
    StderrCapture(const StderrCapture&) = delete;

    std::string text() const { return base::read_file(path(), 10'000'000).value(); }
    // The first line with this text in it; "" if there is none.
    std::string line(const std::string& with) const
    {
        const auto all = text();
        const auto at = all.find(with);
        if (at == std::string::npos) return {};
        const auto begin = all.rfind('\n', at) + 1;
        return all.substr(begin, all.find('\n', at) - begin);
    }
    // How often this text is in the log.
    std::size_t count(const std::string& of) const
    {
        const auto all = text();
        std::size_t found = 0;
        for (auto at = all.find(of); at != std::string::npos; at = all.find(of, at + of.size()))
            ++found;
        return found;
    }

private:
    base::Path path() const { return folder_.path() / "stderr"; }
    TemporaryFolder folder_;
    int kept_;
};

} // namespace support
