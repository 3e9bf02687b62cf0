// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Admits a party. `identifier` is `scheme:value` (a USCC, an LEI, …), 1 to 256 bytes without
/// control characters; `roles` a set of `Roles` bits; an act over more than `dualAbove` minor units needs `quorum` of its `signers`.
struct Enrolment {
    string identifier;
    uint32 roles;
    address[] signers;
    uint8 quorum;
    uint64 dualAbove;
    uint64 validUntil;
}

/// Changes a party as it stands at `version`.
struct Amendment {
    uint32 party;
    uint32 version;
    uint32 roles;
    bool active;
    address[] added;
    address[] removed;
    uint8 quorum;
    uint64 dualAbove;
    uint64 validUntil;
}

/// Replaces the council. `epoch` is the current one plus 1.
struct Constitution {
    uint32 epoch;
    address[] members;
    uint8 quorum;
    uint64 validUntil;
}

/// Authorises a policy contract (after the delay) or ends its authority (at once).
/// `version` is the number of changes this policy has seen.
struct PolicyChange {
    address policy;
    bool authorised;
    uint32 version;
    uint64 validUntil;
}

struct Party {
    uint32 version;
    uint32 roles;
    bool active;
    uint8 quorum;
    uint8 signers;
    uint64 dualAbove;
}

library Roles {
    uint32 internal constant CORE_ENTERPRISE = 1;
    uint32 internal constant SUPPLIER = 2;
    uint32 internal constant BANK = 4;
    uint32 internal constant AUDITOR = 8;
    uint32 internal constant ORACLE = 16;
    uint32 internal constant REGULATOR = 32;
}

/// @title  Registry: who takes part, who signs for whom, and the council that decides it
/// @notice An approval is a 65-byte ECDSA signature of the act's EIP-712 digest, or, for a
///         contract account, its 20-byte address followed by the signature it accepts under
///         ERC-1271 (of any length but 45 bytes, which would make it look like the former).
///         Approvals of one party are given in rising order of their signers'
///         addresses. An account signs for one party only, so no key can be on both sides.
interface IRegistry {
    /// @notice The council's authorisation of `policy` may be enacted from `readyAt` (Unix seconds).
    event PolicyScheduled(address indexed policy, uint64 readyAt);

    error UnknownParty(uint32 party);
    error PartyNotActive(uint32 party);
    error RoleMissing(uint32 party, uint32 role);
    error MalformedIdentifier();
    error AlreadyEnrolled(string identifier, uint32 party);
    error PartyChanged(uint32 party, uint32 version, uint32 current);
    error SignerTaken(address signer, uint32 party);
    error SignerUnknown(address signer, uint32 party);
    error InvalidQuorum(uint256 quorum, uint256 signers);
    error InvalidApproval(uint256 position);
    error NotSigner(uint32 party, address signer);
    error NotCouncil(address signer);
    error ApprovalsUnordered(address signer, address previous);
    error ApprovalsMissing(uint256 given, uint256 needed);
    error WrongEpoch(uint32 epoch, uint32 expected);
    error PolicyVersionStale(address policy, uint32 version, uint32 current);
    error PolicyNotReady(address policy, uint64 readyAt);
    error Expired(uint64 validUntil);

    function enrol(Enrolment calldata act, bytes[] calldata council) external returns (uint32 party);
    function amend(Amendment calldata act, bytes[] calldata council) external;
    function constitute(Constitution calldata act, bytes[] calldata council) external;

    /// @notice Ends a policy's authority at once, or schedules a new one's for after the delay.
    function changePolicy(PolicyChange calldata act, bytes[] calldata council) external;

    /// @notice Carries out a scheduled authorisation once its delay has passed. Anyone may call.
    function enactPolicy(address policy) external;

    /// @notice Reverts unless `approvals` are enough of `party`'s signers for an act over `amount`.
    function requireConsent(uint32 party, bytes32 digest, uint64 amount, bytes[] calldata approvals) external view;

    /// @notice As {requireConsent}, of two parties to one act.
    function requireConsents(
        bytes32 digest,
        uint64 amount,
        uint32 one,
        bytes[] calldata oneApprovals,
        uint32 other,
        bytes[] calldata otherApprovals
    ) external view;

    /// @notice Reverts unless `approvals` are a quorum of the council.
    function requireCouncil(bytes32 digest, bytes[] calldata approvals) external view;

    /// @notice Reverts unless `party` is active and has every bit of `role`.
    function requireRole(uint32 party, uint32 role) external view;

    function partyOf(address signer) external view returns (uint32);
    function numberOf(bytes32 identifierHash) external view returns (uint32);
    function party(uint32 number) external view returns (Party memory);
    function partyCount() external view returns (uint32);
    function councilEpoch() external view returns (uint32);
    function councilQuorum() external view returns (uint8);
    function isCouncil(address member) external view returns (bool);
    function policyDelay() external view returns (uint64);
    function policyVersion(address policy) external view returns (uint32);
    function policyReadyAt(address policy) external view returns (uint64);
}
