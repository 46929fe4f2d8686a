// SPDX-License-Identifier: Apache-2.0
// Resolves host names to addresses on threads of its own. A name whose DNS servers do not answer
// then delays only the requests for that name.
//
// Each name has one look-up thread, however many callers ask for it. The number of threads is
// bounded. A stalled look-up cannot be cancelled: each caller waits up to its own deadline, and the
// thread ends when the system call returns.
#pragma once

#include "base/result.hpp"
#include "http/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace http {

using Addresses = std::vector<boost::asio::ip::address>;

// Blocks; called on a thread of the resolver. errc::cannot_resolve.
using LookUp = std::function<base::Result<Addresses>(const std::string& host)>;
base::Result<Addresses> ask_the_system(const std::string& host);

class Resolver {
public:
    // Twice the number of concurrent exchanges. A stalled look-up outlives the exchange that
    // started it. A caller that finds no free thread fails, although its own name may be fine.
    static constexpr std::size_t max_look_ups = 64;

    explicit Resolver(LookUp look_up = ask_the_system, std::size_t max = max_look_ups);
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;
    ~Resolver(); // does not wait; a look-up that still runs then has no waiters

    // Resolves `host`. An IP address resolves to itself without a look-up. errc::cannot_resolve:
    // the host has no address, or too many names are being looked up. errc::timeout_before: no
    // result by `until`.
    boost::asio::awaitable<base::Result<Addresses>>
    resolve(boost::asio::any_io_executor executor, std::string host, Clock::time_point until);

    struct Shared;

private:
    std::shared_ptr<Shared> shared_;
};

} // namespace http
