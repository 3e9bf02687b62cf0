// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Payment} from "./IAttestations.sol";

/// A part of one invoice behind a receivable. `total` is what the whole invoice leaves to pay;
/// `version` counts the uses before this one, so that a use can't happen twice.
struct InvoiceUse {
    bytes32 fingerprint;
    uint64 total;
    uint64 amount;
    uint32 version;
}

/// The debtor owes the creditor `face` minor units of `currency`, due on `maturity` (YYYYMMDD).
/// `documents` commits to the papers behind it. `validUntil` is in Unix seconds.
struct Issue {
    uint32 debtor;
    uint32 creditor;
    bytes3 currency;
    uint64 face;
    uint32 maturity;
    InvoiceUse[] invoices;
    bytes32 documents;
    uint64 validUntil;
}

/// The holder gives units `[start, end)` of the lot that begins at `lot` to the recipient.
struct Transfer {
    uint32 claim;
    uint64 lot;
    uint32 version;
    uint64 start;
    uint64 end;
    uint32 holder;
    uint32 recipient;
    bytes32 documents;
    uint64 validUntil;
}

/// The holder makes one lot of two adjacent ones.
struct Merge {
    uint32 claim;
    uint64 left;
    uint32 leftVersion;
    uint64 right;
    uint32 rightVersion;
    uint32 holder;
    uint64 validUntil;
}

/// @title  Receivables: issue, transfer, merge, settle
/// @notice Every act that binds two parties carries the consent of both. Whoever holds both may
///         submit it. An agreement names what it changes and that thing's version, so it is void
///         once used or overtaken.
interface IReceivables {
    error SelfDealing(uint32 party);
    error InvoiceVersionStale(bytes32 fingerprint, uint32 version, uint32 current);
    error InvoiceMismatch(bytes32 fingerprint, uint64 total, bytes3 currency);
    error InvoiceOverused(bytes32 fingerprint, uint64 free, uint64 wanted);
    error InvoicesDoNotCover(uint64 face, uint256 invoiced);
    error CurrencyMismatch(bytes3 currency, bytes3 expected);
    error UnknownSubject(bytes32 subject);

    /// @notice 确权开立: needs the debtor, a core enterprise, and the creditor.
    function issue(Issue calldata act, bytes[] calldata debtor, bytes[] calldata creditor)
        external
        returns (uint32 claim);

    /// @notice 拆分流转: needs the holder and the recipient.
    function transfer(Transfer calldata act, bytes[] calldata holder, bytes[] calldata recipient) external;

    /// @notice Needs the holder.
    function merge(Merge calldata act, bytes[] calldata holder) external;

    /// @notice 兑付: discharges the lot that an attested payment names, up to the amount paid.
    ///         Anyone may submit; a payment of a lot that has changed since discharges nothing.
    function settle(Payment calldata payment, bytes[] calldata oracles) external;

    /// @return total what the invoice leaves to pay, `used` how much of it backs receivables,
    ///         `currency` its currency, `version` the number of uses; all 0 if never used.
    function invoiceOf(bytes32 fingerprint)
        external
        view
        returns (uint64 total, uint64 used, bytes3 currency, uint32 version);
}
