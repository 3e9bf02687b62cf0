// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// ISO 4217 codes: three capital letters. Which of them exist is for readers to know.
library Currencies {
    error InvalidCurrency(bytes3 currency);

    function requireValid(bytes3 currency) internal pure {
        for (uint256 i = 0; i < 3; i++) {
            if (currency[i] < "A" || currency[i] > "Z") revert InvalidCurrency(currency);
        }
    }
}
