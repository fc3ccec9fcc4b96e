"""The access list, and the one question: may this actor do this to that, and by which article?"""
