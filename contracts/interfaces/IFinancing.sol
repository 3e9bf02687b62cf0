// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Remittance} from "./IAttestations.sol";

/// The seller finances units `[start, end)` of the lot that begins at `lot` at the bank, in one of
/// the {Modes}. The price is `terms`, a salted commitment. The bank owes `advance`, a commitment as
/// in `Remittance`, until `payBy` (Unix seconds); `dueOn` (YYYYMMDD) is when the bank is owed.
/// `rules` commits to the rule pack and its answers, `registration` names the {Registration},
/// `documents` commits to the papers.
struct Finance {
    uint32 claim;
    uint64 lot;
    uint32 version;
    uint64 start;
    uint64 end;
    uint32 seller;
    uint32 bank;
    uint8 mode;
    bytes32 terms;
    bytes32 advance;
    uint64 payBy;
    uint32 dueOn;
    bytes32 rules;
    bytes32 registration;
    bytes32 documents;
    uint64 validUntil;
}

/// Whoever was to be paid by a commitment takes back what stood against it, since it is late.
struct Rescission {
    bytes32 commitment;
    uint64 validUntil;
}

/// After maturity, under recourse: the seller owes `commitment` until `payBy` for units
/// `[start, end)` of the deal, in the bank's lot that begins at `lot`.
struct BuyBack {
    bytes32 deal;
    uint32 claim;
    uint64 lot;
    uint32 version;
    uint64 start;
    uint64 end;
    bytes32 commitment;
    uint64 payBy;
    uint64 validUntil;
}

/// After maturity, under recourse: the bank demands payment from the seller for its lot.
struct Demand {
    bytes32 deal;
    uint64 lot;
    uint32 version;
    uint64 validUntil;
}

/// The bank owes the seller what it received beyond what it was owed.
struct Surplus {
    bytes32 deal;
    bytes32 commitment;
    uint64 validUntil;
}

/// The payment that ends a pledge. Until `payBy` (Unix seconds) the bank won't enforce.
struct Repayment {
    bytes32 deal;
    bytes32 commitment;
    uint64 payBy;
    uint64 validUntil;
}

/// The bank takes a pledged lot that wasn't redeemed in time.
struct Enforcement {
    bytes32 deal;
    uint64 validUntil;
}

/// Witnessed by the oracle members: the movables registry (中登) shows units `[start, end)` of a
/// claim as assigned or pledged to the bank since `registeredAt` (Unix seconds), until `expiresOn`
/// (YYYYMMDD). `number` commits to the registration's number.
struct Registration {
    bytes32 config;
    uint32 claim;
    uint64 start;
    uint64 end;
    uint32 bank;
    bytes32 number;
    uint64 registeredAt;
    uint32 expiresOn;
}

/// An authority's order, carried out by the council: freezes a lot, or ends the freeze.
struct Order {
    uint32 claim;
    uint64 lot;
    uint32 version;
    bool freeze;
    bytes32 evidence;
    uint64 validUntil;
}

/// The holder lost its keys, or ceased: the council gives its lot to the party that stands in its
/// place, lien and freeze with it.
struct Recovery {
    uint32 claim;
    uint64 lot;
    uint32 version;
    uint32 holder;
    uint32 successor;
    bytes32 evidence;
    uint64 validUntil;
}

library Modes {
    uint8 internal constant SALE = 0;
    uint8 internal constant RECOURSE = 1;
    uint8 internal constant PLEDGE = 2;
}

enum DealState {
    Unknown,
    Concluded,
    Advanced,
    Rescinded,
    Repaid,
    Enforced
}

/// `demandedOn` is 0 or YYYYMMDD; before `repayBy` the pledge can't be enforced.
struct Deal {
    uint32 claim;
    uint64 start;
    uint64 end;
    uint32 seller;
    uint32 bank;
    uint8 mode;
    DealState state;
    uint64 payBy;
    uint32 dueOn;
    uint32 demandedOn;
    uint64 repayBy;
}

enum Duty {
    Advance,
    BuyBack,
    Repayment,
    Surplus
}

enum Outcome {
    Open,
    Paid,
    Rescinded
}

/// What a commitment is owed for. `payBy`, `start` and `end` are a buy-back's; an advance's are
/// its deal's.
struct Obligation {
    bytes32 deal;
    Duty duty;
    Outcome outcome;
    uint64 payBy;
    uint64 start;
    uint64 end;
}

struct Registered {
    uint32 claim;
    uint64 start;
    uint64 end;
    uint32 bank;
    uint32 expiresOn;
}

/// @title  Financing: advances against receivables
/// @notice A deal is known by the EIP-712 digest of its `Finance`. What is owed under it and what
///         has been paid are two facts: an obligation names a commitment, and an attested
///         `Remittance` with the same commitment proves it paid. Each commitment serves once, ever,
///         so that one payment can't be shown for two debts; its random reference keeps the amount
///         from being guessed.
///
///         Sale (with recourse or without): the units go to the bank under a lien of the seller,
///         who takes them back if the advance isn't proven paid in time. Pledge: the units stay
///         with the seller under a lien of the bank. While a lien stands the lot can only be paid,
///         from its front, so what is left of the deal's units is always one lot.
///
///         Whom the debtor has to pay is the parties' business off chain, as is money that comes
///         after a rescission.
interface IFinancing {
    error UnknownMode(uint8 mode);
    error CommitmentTaken(bytes32 commitment);
    error RemittanceMismatch(bytes32 commitment);
    error AlreadyPaid(bytes32 commitment);
    error AlreadyRescinded(bytes32 commitment);
    error NotRescindable(bytes32 commitment);
    error NotYetLate(uint64 payBy);
    error NotDue(uint32 date);
    error DealUnknown(bytes32 deal);
    error DealClosed(bytes32 deal, DealState state);
    error AdvanceUnpaid(bytes32 deal);
    error NoRecourse(bytes32 deal, uint8 mode);
    error NotPledge(bytes32 deal, uint8 mode);
    error OutsideDeal(bytes32 deal, uint64 start, uint64 end);
    error AlreadyDemanded(bytes32 deal, uint32 on);
    error RegistrationUnknown(bytes32 number);
    error RegistrationKnown(bytes32 number, uint32 expiresOn);
    error RegistrationForeign(bytes32 number, uint32 bank);
    error RegistrationTooSmall(bytes32 number, uint32 claim, uint64 start, uint64 end);
    error RegistrationLapsed(bytes32 number, uint32 expiresOn);
    error EvidenceMissing();

    /// @notice 融资: needs the seller and the bank, and a registration in force for these units.
    function conclude(Finance calldata act, bytes[] calldata seller, bytes[] calldata bank) external;

    /// @notice Proves an obligation paid, by a remittance of its commitment. Anyone may submit. Late
    ///         payment counts unless its creditor has rescinded.
    ///         An advance ends the seller's lien; a buy-back returns the units to the seller; a
    ///         repayment ends the bank's lien.
    function prove(Remittance calldata fact, bytes[] calldata oracles) external;

    /// @notice The creditor of an advance or a buy-back withdraws once it is late; not while the units
    ///         to buy back are frozen, when nothing could prove it paid.
    function rescind(Rescission calldata act, bytes[] calldata creditor) external;

    /// @notice 回购: needs the seller and the bank. The units come under a lien of the seller, who
    ///         gets them once the payment is proven; the bank withdraws once that is late.
    function buyBack(BuyBack calldata act, bytes[] calldata seller, bytes[] calldata bank) external;

    /// @notice 追索: puts on record that the bank demands payment from the seller, once for a deal.
    function demandRecourse(Demand calldata act, bytes[] calldata bank) external;

    /// @notice Needs the bank. Without recourse there is no surplus: the bank keeps what it gets.
    function admitSurplus(Surplus calldata act, bytes[] calldata bank) external;

    /// @notice Needs the seller and the bank.
    function agreeRepayment(Repayment calldata act, bytes[] calldata seller, bytes[] calldata bank) external;

    /// @notice Needs the bank, after the deal's due date in Shanghai.
    function enforce(Enforcement calldata act, bytes[] calldata bank) external;

    /// @notice Keeps what the oracle members saw in the movables registry. Known numbers can only be
    ///         prolonged. Of several banks' registrations the earliest has priority: that is for
    ///         the banks to look up before they finance, all being on record in the claim's book.
    function register(Registration calldata fact, bytes[] calldata oracles) external;

    /// @notice 冻结, 解冻: needs the council.
    function order(Order calldata act, bytes[] calldata council) external;

    /// @notice Needs the council.
    function recover(Recovery calldata act, bytes[] calldata council) external;

    function dealOf(bytes32 deal) external view returns (Deal memory);
    function obligationOf(bytes32 commitment) external view returns (Obligation memory);
    function registrationOf(bytes32 number) external view returns (Registered memory);
}
