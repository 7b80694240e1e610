"""Polynomials of the upper normal quantile, one for each octave of the probability.

``COEFFICIENTS[k]``, from the constant upwards, give the z for which a standard normal exceeds z with probability 2**(k - 33) (1 + t),
0 <= t < 1: Chebyshev interpolation of degree 7, error below 1e-7. The numbers define the draws, so that they must not change;
``simd/normal_coefficients.hpp`` of the library has the same.
"""

COEFFICIENTS = [
    [float.fromhex(number) for number in row.split()]
    for row in (
        "0x1.95a11967a7f41p+2 -0x1.3b9d7975f3899p-3 0x1.33dd03bcb9f9fp-4 -0x1.8f2e8db22374ap-5"
        " 0x1.0e852e5a15938p-5 -0x1.3c084a1eabaa9p-6 0x1.f9a0ab165b6f6p-8 -0x1.819de11950282p-10",
        "0x1.8ebc94dbcf2aep+2 -0x1.40d27eb3ee3cdp-3 0x1.38b354e832642p-4 -0x1.95511a5a3cd70p-5"
        " 0x1.129ff65a74dc7p-5 -0x1.40cacfde413ebp-6 0x1.009b1bd5ac6d1p-7 -0x1.876332cbbfa12p-10",
        "0x1.87ba786962e69p+2 -0x1.464abcdea820fp-3 0x1.3dc4e843f06b7p-4 -0x1.9bbd1b3bd4242p-5"
        " 0x1.16eb3e4f14e9fp-5 -0x1.45c526a18c822p-6 0x1.04922a0dbdd6dp-7 -0x1.8d6bbedd9aea9p-10",
        "0x1.80993f887d3d5p+2 -0x1.4c0bffb5c1e5cp-3 0x1.4316918227718p-4 -0x1.a27867d6049cbp-5"
        " 0x1.1b6ad43eadaf5p-5 -0x1.4afba69dbfdafp-6 0x1.08b8eeba00263p-7 -0x1.93bcb7df419dap-10",
        "0x1.7957439af8114p+2 -0x1.521ccb57fae2fp-3 0x1.48adb4a01c5fbp-4 -0x1.a98981f85a032p-5"
        " 0x1.2022f38d41fffp-5 -0x1.507323e6e3704p-6 0x1.0d1339c937741p-7 -0x1.9a5be389cb268p-10",
        "0x1.71f2b79c5cbf1p+2 -0x1.58847aa90dbf8p-3 0x1.4e905c1cde61bp-4 -0x1.b0f7af4d886a5p-5"
        " 0x1.2518552588f89p-5 -0x1.56310096deef7p-6 0x1.11a54ac7aea6fp-7 -0x1.a14fb02827b47p-10",
        "0x1.6a69a3185a40cp+2 -0x1.5f4b640d2e159p-3 0x1.54c55379fd666p-4 -0x1.b8cb17b28a2b3p-5"
        " 0x1.2a50429fdd5f0p-5 -0x1.5c3b4248e92c1p-6 0x1.1673e1ac9e5f8p-7 -0x1.a89f4de639360p-10",
        "0x1.62b9dc4058305p+2 -0x1.667b0617ed5f1p-3 0x1.5b544707606d0p-4 -0x1.c10ce971b9132p-5"
        " 0x1.2fd0ad123645ep-5 -0x1.6298aba6a55f0p-6 0x1.1b8452d254bc6p-7 -0x1.b052cce1d1269p-10",
        "0x1.5ae100ee79a0ep+2 -0x1.6e1e3e4ac0ff3p-3 0x1.6245ea42a297ep-4 -0x1.c9c784c4b4b04p-5"
        " 0x1.35a0486216c96p-5 -0x1.6950daf5e0081p-6 0x1.20dc9ed2278dfp-7 -0x1.b8734112c228cp-10",
        "0x1.52dc6e56eb06bp+2 -0x1.76418cab62b7cp-3 0x1.69a4267090f4cp-4 -0x1.d306b062a1501p-5"
        " 0x1.3bc6ac2cbfcbdp-5 -0x1.706c6ed6a4393p-6 0x1.26838f2f22223p-7 -0x1.c10aed69bfabcp-10",
        "0x1.4aa937167c492p+2 -0x1.7ef367e6eb306p-3 0x1.717a5394ef3b3p-4 -0x1.dcd7d962e073fp-5"
        " 0x1.424c7ba821e93p-5 -0x1.77f532b68515ap-6 0x1.2c80d8fbe21a9p-7 -0x1.ca2577e78f140p-10",
        "0x1.424417359bb54p+2 -0x1.8844a7002e036p-3 0x1.79d57e9572fcbp-4 -0x1.e74a616a8d53ap-5"
        " 0x1.493b9646e8d32p-5 -0x1.7ff654eec37bep-6 0x1.32dd46fec4cfdp-7 -0x1.d3d028ef599f8p-10",
        "0x1.39a9659655e1ap+2 -0x1.9249075943c01p-3 0x1.82c4c039d9185p-4 -0x1.f26fff055683ep-5"
        " 0x1.509f537512d08p-5 -0x1.887ca919ab1a1p-6 0x1.39a2ed4b2cf5cp-7 -0x1.de1a38c34f452p-10",
        "0x1.30d50217708a3p+2 -0x1.9d17d882cdcb4p-3 0x1.8c59a9f4670e7p-4 -0x1.fe5d35485b407p-5"
        " 0x1.5884cc7e79fdbp-5 -0x1.9196f9f69ac6fp-6 0x1.40dd68e24b925p-7 -0x1.e9152f0298935p-10",
        "0x1.27c23f78a9210p+2 -0x1.a8ccdb058d02fp-3 0x1.96a8cf0f3630bp-4 -0x1.0594f4c8b49c5p-4"
        " 0x1.60fb38b0f8929p-5 -0x1.9b566f4859a0dp-6 0x1.489a2ec12cd5fp-7 -0x1.f4d5593a165c0p-10",
        "0x1.1e6bc7b461407p+2 -0x1.b58964f709e17p-3 0x1.a1ca73366acb1p-4 -0x1.0c791047b9530p-4"
        " 0x1.6a14612c7ac01p-5 -0x1.a5cf0d9462dbap-6 0x1.50e8eee36490dp-7 -0x1.00b92fa407d4cp-9",
        "0x1.14cb7904d9b65p+2 -0x1.c375e7a0df62cp-3 0x1.addb6aa86e215p-4 -0x1.13eb7784f25d7p-4"
        " 0x1.73e533bd2e41ep-5 -0x1.b11857b6e33dep-6 0x1.59dc11524b579p-7 -0x1.0783ff530b2fdp-9",
        "0x1.0ada391258c70p+2 -0x1.d2c3fe8c679e2p-3 0x1.bafe3d07971a3p-4 -0x1.1bffd7be34d36p-4"
        " 0x1.7e867ecab6f47p-5 -0x1.bd4e1d1d44cebp-6 0x1.638955880016ap-7 -0x1.0edb7c7552ac3p-9",
        "0x1.008fbab36f5eep+2 -0x1.e3b144d39a8c7p-3 0x1.c95ca27756eecp-4 -0x1.24cdca16793eep-4"
        " 0x1.8a15e432570a8p-5 -0x1.ca918384bf23ap-6 0x1.6e0a9f8139de4p-7 -0x1.16d32332529c5p-9",
        "0x1.ebc46204a98c7p+1 -0x1.f68b4eda89ebcp-3 0x1.d9297c2fdcbbap-4 -0x1.2e71db60dda26p-4"
        " 0x1.96b716496318bp-5 -0x1.d90a60db02837p-6 0x1.797f0237fdc37p-7 -0x1.1f825216eeb9dp-9",
        "0x1.d58bcfe832a0dp+1 -0x1.05daaefc1279ep-2 0x1.eaa37712f5ffcp-4 -0x1.390ee9e555c4ap-4"
        " 0x1.a4957a02ded69p-5 -0x1.e8e9021a5e8e6p-6 0x1.860c1d8173287p-7 -0x1.29054f2a28512p-9",
        "0x1.be596ce31dddcp+1 -0x1.11d861713b24ep-2 0x1.fe1899064b93cp-4 -0x1.44cff9ef85805p-4"
        " 0x1.b3e6544d423c2p-5 -0x1.fa6887cba4e60p-6 0x1.93dfee4218fa0p-7 -0x1.337ea202e9819p-9",
        "0x1.a60a6df61c67cp+1 -0x1.1f94c6f4afea6p-2 0x1.09f5884b93a0cp-3 -0x1.51eaaf7872717p-4"
        " 0x1.c4ebb891ba29dp-5 -0x1.06e908e119357p-5 0x1.a3333cc8c7fe5p-7 -0x1.3f18e35db70f0p-9",
        "0x1.8c734fa195855p+1 -0x1.2f8534b26d0d0p-2 0x1.164bd9d71fa68p-3 -0x1.60a2ad8ed728dp-4"
        " 0x1.d7f8845d3d253p-5 -0x1.11c085c4583cdp-5 0x1.b44ce75ebcff2p-7 -0x1.4c09303d820c0p-9",
        "0x1.715c7b8d59317p+1 -0x1.424e7464880d6p-2 0x1.245f49905420dp-3 -0x1.714e32f487798p-4"
        " 0x1.ed75d1a5e881ap-5 -0x1.1df485bea43cfp-5 0x1.c7866034266afp-7 -0x1.5a92815dc12f2p-9",
        "0x1.547d16a99967ap+1 -0x1.58e05239b1ae7p-2 0x1.3496c0f3f8627p-3 -0x1.845c6238ef5a4p-4"
        " 0x1.02f535d450b9bp-4 -0x1.2bceef9a5f6d5p-5 0x1.dd51d5e970f63p-7 -0x1.6b0a3ff5ea764p-9",
        "0x1.3572924a07674p+1 -0x1.74a761728c8e5p-2 0x1.4774fd4a2b042p-3 -0x1.9a5dad5f4b67fp-4"
        " 0x1.1102767b15f6dp-4 -0x1.3baf439554811p-5 0x1.f6429f9fa2f1fp-7 -0x1.7dde8b1505682p-9",
        "0x1.13b229d7317e5p+1 -0x1.97ed87dc83eb3p-2 0x1.5d96f9f4bed4cp-3 -0x1.b40ed8a2f1fb4p-4"
        " 0x1.215489169a4b1p-4 -0x1.4e11f35a2398bp-5 0x1.098c48e433cfbp-6 -0x1.939eadaef7711p-9",
        "0x1.dcdbfd832c67ep+0 -0x1.c6a74c8a7b9a2p-2 0x1.77916e8a2e712p-3 -0x1.d26849945f975p-4"
        " 0x1.347fee566abfap-4 -0x1.6399b3067e99bp-5 0x1.1a674897a18a8p-6 -0x1.ad0613ffb1b44p-9",
        "0x1.88bc1e458df37p+0 -0x1.0430d6ee2ce59p-1 0x1.9536da64ff3c7p-3 -0x1.f6c669378518ep-4"
        " 0x1.4b4222033b9f4p-4 -0x1.7d1a0e4e30cc9p-5 0x1.2e55a5960c186p-6 -0x1.cb092273b356fp-9",
        "0x1.267d4a729e362p+0 -0x1.36e4fa6d2b3a3p-1 0x1.b1cd98223de42p-3 -0x1.1214e0a71605ep-3"
        " 0x1.665a56b3fcd29p-4 -0x1.9baa22b14b2c6p-5 0x1.462554faef860p-6 -0x1.eee4eecb82ef4p-9",
        "0x1.5956b50ee5c85p-1 -0x1.92cac38fc20e6p-1 0x1.aae5343a0f811p-3 -0x1.38773788d2563p-3"
        " 0x1.8185e29d327d9p-4 -0x1.c4e0de7d45f10p-5 0x1.63c9a76270b29p-6 -0x1.14371303f455ap-8",
    )
]
