// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Replaces the oracle members. `epoch` is the current one plus 1.
struct OracleConfig {
    uint32 epoch;
    address[] members;
    uint8 quorum;
    uint64 validUntil;
}

/// One booked credit transfer, as read from a bank statement. `config` is the digest of the
/// oracle configuration it was witnessed under; `line` the fingerprint of the statement line;
/// `subject` what it pays (for a lot: its claim, start and version); `bookedOn` is YYYYMMDD.
struct Payment {
    bytes32 config;
    bytes32 line;
    bytes32 subject;
    bytes3 currency;
    uint64 amount;
    uint32 bookedOn;
}

/// One booked credit transfer whose amount stays between those who agreed on it: `commitment` is
/// `keccak256(reference ‖ currency ‖ amount)` as the line states them, the reference being random.
struct Remittance {
    bytes32 config;
    bytes32 line;
    bytes32 commitment;
    uint32 bookedOn;
}

/// @title  Attestations: what M of N members have witnessed
/// @notice A payment's amount can be allocated by policy contracts, in parts, but never beyond
///         what was paid; a remittance is used as a whole, once. No statement line serves as
///         both. Members who sign two readings of one line can be shown to have done so.
interface IAttestations {
    error NotMember(address signer, uint32 epoch);
    error WrongConfig(bytes32 config, bytes32 current);
    error PaymentOverallocated(bytes32 line, uint64 free, uint64 wanted);
    error PaymentContradicted(bytes32 line, uint64 amount, uint64 recorded);
    error LineUsed(bytes32 line);
    error NoContradiction();
    error AlreadyRecorded(bytes32 line, address member);

    function configure(OracleConfig calldata act, bytes[] calldata council) external;

    /// @notice Allocates `amount` of a payment that a quorum has signed. Policies only.
    /// @return digest the payment's EIP-712 digest.
    function allocate(Payment calldata payment, bytes[] calldata approvals, uint64 amount)
        external
        returns (bytes32 digest);

    /// @notice Uses up the statement line of a remittance that a quorum has signed. Policies only.
    /// @return digest the remittance's EIP-712 digest.
    function remit(Remittance calldata fact, bytes[] calldata approvals) external returns (bytes32 digest);

    /// @notice Reverts unless a quorum has signed the fact with this EIP-712 struct hash under
    ///         `config`. What the fact is, and how often it may be used, is the policy's business.
    function requireWitnesses(bytes32 config, bytes32 structHash, bytes[] calldata approvals)
        external
        view
        returns (bytes32 digest);

    /// @notice Records that one member signed two different readings of one statement line, once
    ///         for each line and member. The entry's act is `keccak256(abi.encode(line, member))`:
    ///         whichever readings show it, in whichever order, it is one act, and it is no
    ///         payment's digest.
    function recordEquivocation(
        Payment calldata one,
        bytes calldata oneApproval,
        Payment calldata other,
        bytes calldata otherApproval
    ) external;

    function epoch() external view returns (uint32);
    function quorum() external view returns (uint8);
    function config() external view returns (bytes32);
    function memberSince(address member) external view returns (uint32);
    function equivocated(bytes32 line, address member) external view returns (bool);

    /// @return amount what was paid, `allocated` how much of it has been used; both 0 if unseen,
    ///         both 2**64 − 1 if it was used as a remittance.
    function paymentOf(bytes32 line) external view returns (uint64 amount, uint64 allocated);
}
