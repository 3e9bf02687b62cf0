// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IRegistry} from "../interfaces/IRegistry.sol";

/// Who signed: the signers of a list of approvals, in strictly rising order.
library Approvals {
    uint256 private constant ECDSA_LENGTH = 65;
    uint256 private constant ADDRESS_LENGTH = 20;

    /// The signer at `position`; reverts unless it comes after `previous`.
    function signerAt(bytes[] calldata approvals, uint256 position, bytes32 digest, address previous)
        internal
        view
        returns (address signer)
    {
        signer = recover(approvals[position], digest, position);
        if (signer <= previous) revert IRegistry.ApprovalsUnordered(signer, previous);
    }

    function recover(bytes calldata approval, bytes32 digest, uint256 position) internal view returns (address signer) {
        bool valid = false;
        if (approval.length == ECDSA_LENGTH) {
            ECDSA.RecoverError err;
            // The third value only details the error.
            // slither-disable-next-line unused-return
            (signer, err,) = ECDSA.tryRecoverCalldata(digest, approval);
            valid = err == ECDSA.RecoverError.NoError;
        } else if (approval.length >= ADDRESS_LENGTH) {
            signer = address(bytes20(approval[:ADDRESS_LENGTH]));
            valid = SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, approval[ADDRESS_LENGTH:]);
        }
        if (!valid) revert IRegistry.InvalidApproval(position);
    }
}
