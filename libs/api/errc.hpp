// SPDX-License-Identifier: Apache-2.0
// The problems that a caller of the local API can get. Their names are the `code` of problem+json
// and part of the contract in schemas/openapi.yaml. catalogue.cpp says for each problem what to do.
// problem.cpp maps the errors of the libraries below to problems.
#pragma once

#include "base/errc.hpp"

namespace api {

enum class errc {
    no_such_path = 1,
    method_not_allowed,
    unauthorized,
    scope_missing,
    unsupported_media_type,
    unsupported_coding,
    bad_request,
    bad_form,
    bad_value,
    request_timeout,
    request_broken,
    too_large,
    text_too_large,
    too_compressible,
    not_found,
    no_such_peer,
    no_receipt,
    payload_gone,
    wrong_state,
    conflict,
    not_your_participant,
    sender_not_served,
    not_well_formed,
    unsupported_encoding,
    wrong_encoding,
    doctype,
    not_xhe,
    incomplete_document,
    wrong_value,
    no_route,
    not_agreed,
    peer_unreachable,
    peer_answer,
    busy,
    stopping,
    clock_in_doubt,
    certificate_invalid,
    drained,
    disk_full,
    queue_full,
    log_full,
    store_locked,
    store_unavailable,
    payload_lost,
    store_failed,
    configuration,
    internal,
};
inline constexpr errc last_errc = errc::internal;

const char* text(errc code); // the title

} // namespace api

KURIR_ERROR_CODES(api)
